/** Words and phrases by tone, −4 … 4: what general lexicons lack, or tell otherwise than a company's messages mean it. */
export type Graded = readonly (readonly [tone: number, list: string])[];

/** Words that carry a tone in a dictionary and none in a company's messages, or that the rules treat themselves. */
export const toneless = new Set(
  `no not free support supported supporting supports ticket share shares shared interest interests interested critical alert alerts
   demand demands help helping please want wants cut number numbers charge charges charged cash fire block top growth matter
   matters feature solution solutions promise ask asset cover capital natural natured share stock true united join reach
   reached big like increase increased clear clearly clean commit committed fresh grant granted ok okay urgent`.split(
    /\s+/,
  ),
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
  [3, 'the bomb, the shit, to die for, kick ass'],
  [
    2.2,
    `can't wait, cant wait, made my day, happy birthday, good luck, cut the mustard, hell yeah, hell yes, hell yea, heck yes, heck yeah, heck yea,
    woohoo, woo hoo, woot, booyah, yippee, yipee, huzzah, hooray, yayy, yess, stoked, psyched, pumped, lovin, luv, loveee, so excited, on fire, congrats`,
  ],
  [0, 'kind of, sort of, no worries, no problem, of course'],
  [
    -2,
    `yeah right, kiss of death, so much for, kiss my ass, ugh, ughh, argh, grr, bleh, ew, eww, yuck, ick, meh, smh, ffs, fml, bummer, bummed, sucky, hungover,
    sick of, tired of, fed up, had enough of, screw you, wtf, facepalm, gag me`,
  ],
];

export const emoticons: Graded = [
  [2.2, ':D  :-D  =D  :d  xD  XD  <3  ❤  😍  😀  😁  😂  😃  😄  😊  🎉  👏  🙏  💯  :*  🚀'],
  [1.7, ':)  :-)  =)  ;)  ;-)  :]  =]  8)  :^)  ;D  :P  :-P  :p  ;P  ;p  =P  =p  👍  🙂  😉'],
  [-1.7, ':(  :-(  =(  :[  =[  :/  :-/  =/  :|  :-|  ;(  8(  😐  😕  🙁  👎  😞  😔'],
  [-2.2, ":'(  😢  😭  😠  😡  🤬  💔  >:(  D:  😤  😱"],
];

/** What customers write of service. In a queue, waiting and asking twice is the complaint. */
export const support: Graded = [
  [
    2.4,
    `thank you so much, thanks so much, thank you for the quick, thanks for the quick, great service, great customer service,
    good service, excellent service, amazing service, best service, kudos, shout out, shoutout, props to, well handled, above and beyond, made it right,
    fixed it, sorted it, saved the day, very helpful, so helpful, much appreciated, appreciate it`,
  ],
  [1.2, 'quick, quickly, fast, responsive, works, working now, fixed, easy, on time, early'],
  [
    -1.3,
    `waiting, waited, wait, hours, hour late, on hold, hold for, been holding, hung up, hang up, disconnected, delay, delays, delayed, late, cancelled, canceled,
    missed, missing, stuck, stranded, lost, error, errors, problem, problems, issue, issues, trouble, refused, denied, charged me, charging me,
    can't, cannot, cant, unable, won't let, wont let, doesn't, didn't, never got, never received, haven't received, not received,
    no one, nobody, not helpful, unhelpful, again, still, yet another, why, seriously, supposed to, should have, excuse, excuses, apology,
    complaint, complain, compensation, reimbursed, reimbursement, overbooked, rescheduled, reschedule, downgraded, broken, damaged, hard to, rebook, rebooked`,
  ],
  [
    -2.2,
    `no help, no explanation, no answer, no information, no communication, no updates, no record, no idea, no reason, no way, not acceptable, not ok, not okay, not cool, not happy, not impressed,
    never again, last time, do better, get it together, poor service, bad service, bad customer service, poor customer service, terrible service, horrible service, awful service, worst service,
    lack of, still no, still not, still haven't, still waiting, hours on hold, hour on hold, minutes on hold, mins on hold, for hours, over an hour, over 2 hours, no response, hung up on, hangs up, rude,
    what's wrong with, what is wrong with, what's going on, what is going on, how hard is it, is this a joke, are you kidding, you guys suck, fix your, give me my money, my money back, want a refund, want my money, need a refund, lost my, lost our, ruined, failed, fail, fails, epic fail, ridiculous, unacceptable, joke`,
  ],
];

/** What moves a company's fortunes and is no figure; figures are read by `sentiment/movement.ts`. */
export const finance: Graded = [
  [
    2.2,
    `won, wins, win, awarded, award, wins order, received an order, received order, secured, contract worth, order worth, record, all-time high, profitable, outperform, beat expectations, exceeded expectations,
    upgraded, upgrade, market leader, strong, stronger, robust, solid, successful, successfully, excellent, good, favourable, favorable, positive, best, turned to profit, returned to profit, turnaround`,
  ],
  [
    1.5,
    `strengthen, strengthens, strengthening, expand, expands, expanding, expansion, enhance, enhances, enhanced, improve, improves, efficient, efficiency, savings, saving, benefit, benefits, benefited, beneficial, opportunity, opportunities, competitive, leading position,
    cooperation, partnership, selected, chosen, innovative, optimistic, confident, pleased, satisfied, synergies, synergy, attractive, promising, demand, grow, growing, approval, approved, launches, signed a contract, agreement with, well-positioned, rewarded, recognised, recognized, accelerate, boost, advantage, advantages`,
  ],
  [
    -1.6,
    `weak, weaker, difficult, difficulties, challenging, slowdown, slow, sluggish, uncertain, uncertainty, uncertainties, pressure, closure, closures, close down, shut down, shutdown, terminate, terminated, termination, restructuring, delay, delayed, delays,
    strike, strikes, dispute, cautious, disappointing, disappointed, problems, problem, risk, hurt, hit by, suffer, suffered, suffers, hampered, negatively, adversely, adverse, negative, poor, fear, fears, worried, concern, concerns, too high, overcapacity, write-down, write-off, downgraded, downgrade, underperform`,
  ],
  [
    -2.4,
    `profit warning, layoffs, layoff, lay off, lay-offs, lays off, laid off, laying off, redundancies, redundant, job cuts, cut jobs, job losses, personnel reductions, dismiss, dismissed, dismissals, made redundant, bankruptcy, bankrupt, insolvency, insolvent, default, defaulted, fraud, lawsuit, sued, fined, investigation, accused, recall, recalled, crisis, recession, collapse, collapsed, loss-making, in the red, plummeted, warned, warns, warning, scandal, cartel, breach, breached, penalty`,
  ],
];
