/**
 * Words that may begin a sentence with a capital and are no name. A sentence that begins with any other word that is not in the
 * evidence is refused: nothing tells `Revenue` from `Ravenna` but a list.
 */
export const plainWords: ReadonlySet<string> = new Set(
  `a about above according action after again all also although an and another any are as ask at be because before below besides both but by call
  check compared consider contact contract customer customers deal deals despite during each either even event events every evidence expect few
  figures find first for from given growth has have he help here high higher however i if in increase instead invoice invoices is it its keep last lately
  later less let like look low lower make many meanwhile money more most much next no not nothing now of offer on only or other our
  overall over payment payments plan please prepare problem rather reach recent recently renew renewal revenue review risk sales schedule
  see send several she should since so some still such support take talk tell than that the their them then there therefore these they
  this those though through to today together under until usage use users was watch we were what when where whether which while
  who why with within without work yet you your`.split(/\s+/),
);
