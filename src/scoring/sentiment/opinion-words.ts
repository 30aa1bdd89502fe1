import type { Graded } from '../vocabulary.ts';

/**
 * Words that judge, of reviews, editorials and products, which neither VADER nor AFINN-165 has; separated by spaces. Written from
 * the language, not from labelled texts; which groups of them stayed was judged on the development part of vader-sentiment.
 */
export const opinion: Graded = [
  [
    3,
    `breathtakingly dazzlingly enthralling exquisitely first-rate jaw-dropping masterful masterfully mesmerising
    must-have must-see outstandingly peerless spellbinding stupendous sublime superlative top-notch transcendent
    unparalleled unrivaled unrivalled unsurpassed world-class`,
  ],
  [
    2.4,
    `absorbing beguiling bewitching captivate captivates captivating charismatic commendable commendably compellingly
    crowd-pleasing decency deftly eloquent eloquently enchanting endearing exemplary feel-good flourish flourished
    flourishes flourishing groundbreaking hilariously incisive indelible ingenious ingeniously insightful inventive
    laudable life-affirming luminous lyrical magnanimous magnetic nobly nuanced perceptive pioneering poignantly
    prosper prospered prospering prospers reconcile reconciled reconciliation resonant rousing scintillating soulful
    stirring thought-provoking thrive thrived thrives thriving tour-de-force unforgettable uproarious valiant vivid
    well-acted well-built well-crafted well-made well-written wittily witty`,
  ],
  [
    1.8,
    `affable amiable amicably astute authentic bipartisan candid candidly cease-fire ceasefire cerebral cogent comfy
    compact conciliatory conscientious credible crisp crystal-clear democratization dependable diligent diligently
    disarmament educate effortless emancipation empowered empowering enrich enriched enriching equitable ergonomic
    evenhanded fair-minded genuine genuinely handy hassle-free hospitable illuminate illuminating impartial inclusive
    industrious inexpensive intuitive judicious judiciously liberated liberation lightweight literate meticulous
    meticulously persuasive persuasively philanthropic plausible portable pragmatic principled prudent prudently
    rebuild rebuilt recommending reform-minded refreshing rehabilitate rehabilitated rehabilitation rejuvenate
    rescuers revitalize revitalized roomy rugged scrupulous scrupulously selfless sensible sensibly shrewd shrewdly
    sleek snappy sturdy tireless tirelessly truce unify unifying unite uniting unwavering user-friendly versatile
    vindication well-designed`,
  ],
  [
    1.2,
    `abundance abundant affluent alleviate alleviated alleviates ample anniversary beaming bolster bolstered bolsters
    bountiful breezy cheaper collaborate collaboration collaborative commemorate compromise consensus cooperate
    cooperated cooperates cooperating cooperation cooperative cozy cure cured cures donations eminent enable enabled
    enables faster flavorful foster fostered fosters graduate graduated graduation heal healed healing heals healthier
    iconic immaculate laugh-out-loud lavish lavishly legendary lighter lush luxurious medals mediate mediated
    mediation mitigate mouthwatering offbeat plentiful plush prestigious pristine quieter quirky renowned savory
    scenic scholarship scholarships self-sufficient sharper simpler simplified simplify smoothly streamline
    streamlined stylish stylishly succulent sumptuous surplus tasteful timeless upbeat upgrade upgraded vaccine
    vaccines venerable volunteer volunteered volunteers whimsy zany zesty`,
  ],
  [
    -1,
    `absence allege alleged allegedly alleges backlash bans belated belatedly bereft bureaucracy bureaucratic
    complacency cumbersomely curtail curtailed devoid dissent dissenting divisive excess excessive excessively
    exorbitant feebly grudging grudgingly harder hardships heavier impractical inefficiencies instability limp
    loophole loopholes louder meager meagre meek object objected objection objections omission omitted onerous
    opponents oppose opposed opposes opposition overrun overruns overspending paltry partisan partisanship pitfall
    pitfalls plight polarized polarizing predicament premature prematurely prohibited prohibition red-tape refusal
    restrictions sans scant scanty setback setbacks sicker slower slowest sluggishness unjustified unlucky
    unnecessarily unnecessary unneeded unpleasantly unpopular unprepared unqualified unreliable unsustainable untimely
    unwarranted unwilling unwillingness unwise unworkable veto vetoed vetoes worse-off`,
  ],
  [
    -1.2,
    `austerity banal baseless bland blandly blemish blemished bluster blustery bog bogged bogs bombast bombastic buggy
    bulky by-the-numbers cabal charade cheaply choppy clashed clashes clashing cliche cliched cliches clogged closure
    closures cloying clumsily clumsy clunky cluttered complicated conspiracies conspirators contrived convoluted
    costlier cowardice cracked creaky cronies crony cumbersome dated debts debunked default defaulted defaults
    deficit-ridden demeaning demented demoted demotion dented deranged derivative didactic dim discourteous discredit
    disenchanted dispirited dispiriting disrespectful downsides downsized downsizing downturn drawback drawbacks
    faltering falters far-fetched farcical fiddly finicky fizzled fizzles flails flat flatly flimflam flimsy
    floundering flounders formulaic frail frailty fussy fuzzy gibberish gimmick gimmicks gimmicky glitch glitches
    glitchy gobbledygook grainy grandstanding grief-stricken gripe gripes groundless gutless hack hackneyed hacks
    hackwork half-baked half-hearted ham-fisted hassle hassles hatreds heartache heavy-handed heinous hoaxes
    hostile-takeover ignominious implausible improbable incompatible inconvenienced indebtedness indefensible infamous
    infirm inflationary inhumane insanely insubstantial insurrection intolerable jammed jams jumbled lackey lackluster
    lacklustre laggy lazily laziness leaking leaks leaky long-winded lukewarm lumbering lurches madman malevolent
    malfunction malfunctioned malfunctioning malfunctions malicious maliciously maudlin mawkish mean-spirited
    meandering meanders mediocre middling misleadingly muddle muddled mumbo-jumbo mutiny notoriously nuisance outdated
    over-long overbearing overblown overcooked overdone overheat overheating overheats overlong overpriced
    overproduced overreaches overstays overstuffed pander pandering panders patchy perfunctory pettiness picket
    plasticky ploy ploys plummet plummeted plummeting plunge plunged plunges plunging ponderous portentous posturing
    preachy predictable predictably pretentious pretentiousness pricey pricier puppet quibble quibbles rambling
    redundant return returning revolt revolts rhetoric-heavy rickety saccharine sacked saggy sags scheme schemes
    scheming schmaltzy scratches scratchy self-conscious self-important self-indulgent senile shallow sham shame-faced
    shill shoddy shortchanged shortchanges shortcoming shortcomings shortfall shortfalls shutdown shutter shuttered
    skin-deep slight slog sloggy slogs slothful slowdown sluggishly slump slumped snooze snoozer snore so-so spineless
    sputters squeaky stagflation stain stained stale stigma stigmatized stilted stooge strike-bound stumbles stumbling
    sullied superficial superficially syrupy taints tepid thin tiresome torment tormented torments trudges tumble
    tumbled tumbling unconvincing underpowered undignified uneven unfounded uninspiring unproven unrealistic
    unremarkable unresponsive unseemly unspeakable unsubstantiated untenable unwieldy uprising wallowing wallows
    war-torn warped wearisome wobbles wobbly wooden yawn yawner yawns`,
  ],
  [
    -1.5,
    `accomplice acrimony addict addicted addiction addicts ailing ailment ailments airstrike airstrikes alcoholic
    alcoholism ambush ambushed anarchy bankruptcies beleaguered bellicose belligerence belligerent besieged bickering
    bleak bleakly blight blighted blunder blundered blunders bombardment bombed bombing bombings burial calamities
    calamitous calamity cancerous castigate castigated casualties cataclysm cataclysmic catastrophes coffin coffins
    combative condemning conflict-ridden convict conviction convicts corpses cripple crippled cripples crippling
    crumble crumbled crumbles crumbling culprit debacle debacles debilitating debt-ridden decline declining decried
    decries decry defamatory defame defamed deficits denounced denouncing depraved depravity destitute destitution
    detainees deterioration detest detested diabetes dilapidated disabled disdainful disease-ridden distortion
    distortions drowning drunken drunkenness dubiously dwindle dwindled dwindles dwindling embattled endanger
    endangered endangering enmity epidemic epidemics erode eroded erodes eroding erosion erroneously evict evicted
    evictions exaggeration exaggerations excoriate exiled explosive explosives expulsion fallacious fallacy famines
    felon felons flimsily flout flouted flouts folly foreboding gridlock hamper hampered hampers hazard hazards
    hindered hinders homelessness illicit impasse impeach impeached imperil imperiled implausibly impoverish
    impoverished imprison incarcerated incarceration incendiary incite incited incitement incites indictment
    indictments inflammatory inmates invade invaded invaders jeopardize jeopardized jeopardizes jobless joblessness
    lacked lacking lacks lambaste lambasted landmines lawless lawlessness layoff layoffs leukemia libel maiming malign
    maligned malnourished malnutrition mayhem menacing menacingly miscalculated miscalculation misdemeanor misjudged
    misjudgment misled missile missiles naively naivete nefarious obstructionist ominously onslaught ousted
    overburdened overcrowded overcrowding overdose overworked paralysis perilous perilously perils polluting
    poverty-stricken precarious precariously provocation provocative quagmire quarrel quarreled quarrels ramshackle
    rancor rancorous ravage ravaged ravages rebuke rebuked rebukes recessionary rioters rioting scandal-ridden scarce
    scarcity scorned scourge shelling siege skirmish skirmishes slain slander slandered slanderous slayings slum slums
    smeared smears specious spurious squabble squabbles squabbling squalid squalor stagnant stagnate stagnation
    stalemate standoff starvation stranded strife stroke stymie stymied suffocated tumors unconstitutional underfunded
    underpaid understaffed unlawful unlawfully unrest unscrupulous untrustworthy upheaval vilified vilify wounded
    wounds wrangling wreckage wrecked wrecking`,
  ],
  [
    -1.8,
    `abduct absurd absurdity absurdly abysmal abysmally amateurish amateurishly apartheid arbitrarily arbitrary asinine
    assassin assassinated atrociously atrocities authoritarian autocratic balderdash batter battered battering
    beheaded bigot bigoted bigotry bloodbath bloodshed bogus botched brainless breaking bribery bungled bungling
    butchered callous callously carnage censorship cheesy claptrap clunker condescending coup coverup crass creepy
    cronyism crummy deceptively demagogic demagogue demagoguery deplorable deplorably despot despotic dictator
    dictatorial dictators dictatorship dies discrimination disgraceful disgracefully dishonestly dishonesty dismally
    draconian drearily dreck drivel dross embezzle embezzled executed execution executions exploitative extort
    extortion extremism fanatic fanatical fanaticism fraudulently futility genocidal genocide graft gratuitous
    grotesque gunfire gunman gunmen heedless hideously hijack hijacked hijackers hogwash hostage hostages hubris
    humourless hypocrisy hypocrite hypocrites ill-advised ill-conceived inane inanity ineptly inequality inequitable
    inequities injustices insufferable insurgency insurgents intolerance intolerant irresponsibility junky junta
    kidnappers leaden lemon letdown lurid lynching maim maimed manipulates manipulative massacre massacred massacres
    merciless mercilessly militant militants militia misbegotten misfires misguided monotonous mutilate mutilated
    negligence negligent nepotism nonsensical off-putting oppressively patronizing pedophile persecution pointlessly
    preposterous quash quashed recklessly recklessness refunded repugnant rubbish ruthless ruthlessly sanctimonious
    schlock seedy segregated segregation senseless sexism shootings shortsighted slapdash slaughter slaughtered sleazy
    sloppily sludgy smutty sniper soggy soulless stabbing stifle stifles stifling suppress suppressed suppression
    swindled swindler tacky tasteless tedious tediously tedium trash trashy treacherous treachery turgid tyranny
    tyrant tyrants unbearably underwhelmed underwhelming unfairly unfairness unjustly unlistenable unreadable
    unsatisfactory unsatisfying unwatchable vacuous vulgar warlord warlords wasteful wastes witless wretched
    xenophobia xenophobic`,
  ],
];
