import { describeGoldenFamilies } from './family-golden-suite';

describeGoldenFamilies({ provider: 'cpu', threads: 1 });
