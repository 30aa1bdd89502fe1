declare module 'vader-sentiment/src/vader_lexicon.js' {
  /** Words, abbreviations and emoticons, each the mean of ten raters, −4 … 4 (Hutto & Gilbert 2014). */
  export const lexicon: Readonly<Record<string, number>>;
}
