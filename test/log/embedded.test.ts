import { describeLog } from '../conformance/log.ts';
import { makeEmbedded } from '../support/embedded-log.ts';

describeLog('LMDB', makeEmbedded);
