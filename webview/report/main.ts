import type {
  HostToReport,
  RememberedReport,
  ReportToHost,
} from '../../sidecar/decoder-report/report-messages';
import { element } from '../element';
import { connectHost, type PageHost } from '../host';
import { readPageLanguage } from '../page-language';
import { pageNonce } from '../page-nonce';
import { reportPage } from './report-page';

readPageLanguage();

const host: PageHost<HostToReport, ReportToHost, RememberedReport> = connectHost();
const root = document.getElementById('app') ?? document.body.appendChild(element('main', { id: 'app' }));

host.subscribe(({ report, folder, addresses }) => {
  host.remember({ folder });
  const page = reportPage(report, addresses, {
    open: (index) => {
      host.post({ type: 'open-picture', index });
    },
    compare: (index) => {
      host.post({ type: 'compare-picture', index });
    },
  });
  root.replaceChildren(page);
});
host.post({ type: 'ready', nonce: pageNonce() });
