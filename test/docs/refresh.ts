import { refresh } from './pages.ts';

refresh();
