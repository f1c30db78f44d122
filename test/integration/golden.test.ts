import { describeGolden } from './golden-suite';

describeGolden({ provider: 'cpu', threads: 1 });
