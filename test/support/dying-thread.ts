/** The thread that makes the rows, and ends at an alert that says `deadly`. */
import '../../src/store/clickhouse/rewriter/thread.ts';

const { parse } = JSON;
JSON.parse = (text, reviver) => (text.includes('deadly') ? process.exit(3) : parse(text, reviver));
