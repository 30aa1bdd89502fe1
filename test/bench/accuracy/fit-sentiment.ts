import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tableOf } from '../../../src/scoring/sentiment/valence.ts';
import { openFolder, tsvOf } from './data.ts';
import { learn } from './sentiment-fit.ts';

/*
 * Writes src/scoring/sentiment/learned.ts from the development part of vader-sentiment:
 *
 *   npx tsx test/bench/accuracy/fit-sentiment.ts ../shared/datasets
 */
const [path = '../shared/datasets'] = process.argv.slice(2);
const folder = openFolder(path);
const texts = ['tweets', 'amazon', 'movie', 'nyt'].flatMap((corpus) =>
  tsvOf(folder.text(`vader-sentiment/${corpus}.tsv`)).map(([, rating, text = '']) => ({
    corpus,
    text,
    rating: Number(rating),
  })),
);

writeFileSync(
  join(import.meta.dirname, '../../../src/scoring/sentiment/learned.ts'),
  `import { learnedOf, type Learned } from './valence.ts';

/**
 * What words and pairs add to the lexicons, in points of valence; learned by test/bench/accuracy/fit-sentiment.ts, not written
 * by hand. From the ratings of Hutto & Gilbert (2014; MIT, copyright 2016 C.J. Hutto): tweets, reviews, editorials.
 */
export const learned: Learned = learnedOf(\`
${tableOf(learn(texts))}
\`);
`,
);
