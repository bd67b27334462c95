BEGIN TRANSACTION;
CREATE TABLE audit (
    seq    INTEGER PRIMARY KEY,
    at     INTEGER NOT NULL,
    guild  INTEGER NOT NULL,
    actor  INTEGER NOT NULL,
    action TEXT NOT NULL,
    target TEXT NOT NULL,
    old    TEXT NOT NULL,
    new    TEXT NOT NULL
) STRICT;
INSERT INTO "audit" VALUES(1,1795944106863415,1576528587396218881,1576528587396218887,'settings.log_channel','guild:1576528587396218881','none','<#1576528587396218889>');
INSERT INTO "audit" VALUES(2,1795944106963236,1576528587396218881,1576528587396218887,'settings.models','guild:1576528587396218881','all','OfficialStableDiffusion/sd_xl_base_1.0.safetensors');
INSERT INTO "audit" VALUES(3,1795944106986728,1576528587396218881,1576528587396218887,'settings.bounds','role:1576528587396218882','','models OfficialStableDiffusion/sd_xl_base_1.0.safetensors');
INSERT INTO "audit" VALUES(4,1795944107026477,1576528587396218881,1576528587396218887,'settings.models','guild:1576528587396218881','OfficialStableDiffusion/sd_xl_base_1.0.safetensors','all');
INSERT INTO "audit" VALUES(5,1795944107046380,1576528587396218881,1576528587396218887,'settings.time_zone','guild:1576528587396218881','','Europe/Berlin');
INSERT INTO "audit" VALUES(6,1795944107066485,1576528587396218881,1576528587396218887,'settings.words','guild:1576528587396218881','none','swordfish, troll*');
INSERT INTO "audit" VALUES(7,1795944107072126,1576528587396218881,1576528587396218887,'triggers.add','guild:1576528587396218881','','paint');
INSERT INTO "audit" VALUES(8,1795944107077268,1576528587396218881,1576528587396218887,'block.set','member:1576528587396218888','','until 2026-12-29 09:21 UTC: spam');
INSERT INTO "audit" VALUES(9,1795944107082877,1576528587396218881,1576528587396218887,'limits.day','role:1576528587396218882','','12');
INSERT INTO "audit" VALUES(10,1795944107087857,1576528587396218881,1576528587396218887,'limits.day','guild:1576528587396218881','','15');
INSERT INTO "audit" VALUES(11,1795944107087857,1576528587396218881,1576528587396218887,'limits.month','guild:1576528587396218881','','200');
INSERT INTO "audit" VALUES(12,1795944107093428,1576528587396218881,1576528587396218887,'limits.grant','member:1576528587396218886','','3 more a day until 2026-12-05');
INSERT INTO "audit" VALUES(13,1795944111401665,1576528587396218881,1576528587396218886,'picture.reported','member:1576528587396218885','','7ekrncnv4xounadns4iv');
INSERT INTO "audit" VALUES(14,1795944113151758,1576528587396218881,1576528587396218887,'limits.day','member:1576528587396218886','','1');
INSERT INTO "audit" VALUES(15,1795944113641297,1576528587396218881,1576528587396218887,'limits.day','member:1576528587396218886','1','');
CREATE TABLE blocks (
    guild      INTEGER NOT NULL,
    user       INTEGER NOT NULL,
    until      INTEGER,
    reason     TEXT NOT NULL,
    blocked_by INTEGER NOT NULL,
    blocked_at INTEGER NOT NULL,
    PRIMARY KEY (guild, user)
) STRICT, WITHOUT ROWID;
INSERT INTO "blocks" VALUES(1576528587396218881,1576528587396218888,1798536107077268,'spam',1576528587396218887,1795944107077268);
CREATE TABLE charges (
    seq     INTEGER PRIMARY KEY,
    job     TEXT NOT NULL,
    user    INTEGER NOT NULL,
    guild   INTEGER NOT NULL,
    held_at INTEGER NOT NULL,
    day     TEXT NOT NULL,
    month   TEXT NOT NULL
) STRICT;
INSERT INTO "charges" VALUES(1,'7ekrncnv4xounadns4iv',1576528587396218885,1576528587396218881,1795944107100946,'2026-11-29','2026-11');
INSERT INTO "charges" VALUES(2,'ye4rkao2fbasmreshlzs',1576528587396218885,1576528587396218881,1795944107256477,'2026-11-29','2026-11');
INSERT INTO "charges" VALUES(3,'ye4rkao2fbasmreshlzs',1576528587396218885,1576528587396218881,1795944107256477,'2026-11-29','2026-11');
INSERT INTO "charges" VALUES(4,'torpue6tauoa2baykjgx',1576528587396218885,1576528587396218881,1795944107401414,'2026-11-29','2026-11');
INSERT INTO "charges" VALUES(5,'ltsnytmp77br7qsuepj6',1576528587396218885,1576528587396218881,1795944107485888,'2026-11-29','2026-11');
INSERT INTO "charges" VALUES(6,'hnyltzwml4fjrh4kjdqu',1576528587396218885,1576528587396218881,1795944107566762,'2026-11-29','2026-11');
INSERT INTO "charges" VALUES(7,'owxllvoh2ufkk2g6qfgs',1576528587396218885,1576528587396218881,1795944107649667,'2026-11-29','2026-11');
INSERT INTO "charges" VALUES(8,'5ioz3aoeupooa54uuopj',1576528587396218886,1576528587396218881,1795944107741277,'2026-11-29','2026-11');
INSERT INTO "charges" VALUES(9,'vou4ijhaeiqbnuvruxiq',1576528587396218886,1576528587396218881,1795944108098100,'2026-11-29','2026-11');
INSERT INTO "charges" VALUES(10,'yr5r2h4ydwsqyhhsvfwr',1576528587396218886,1576528587396218881,1795944108414569,'2026-11-29','2026-11');
INSERT INTO "charges" VALUES(11,'6xpcoahslqwq3qdad3wi',1576528587396218887,1576528587396218881,1795944108532879,'2026-11-29','2026-11');
CREATE TABLE drafts (
    id      TEXT PRIMARY KEY,
    user    INTEGER NOT NULL,
    guild   INTEGER NOT NULL,
    wish    TEXT NOT NULL,
    kept_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO "drafts" VALUES('cdtbb4ehynasgsqxkgyb',1576528587396218887,1576528587396218881,'{"source":"","prompt":"a red fox","negative":"","model":null,"aspect":null,"images":null,"seed":null,"steps":null,"cfg":null,"lora":"","style":"","image":"ixsmzav7y2ant52m55h5","image_width":512,"image_height":512,"creativity":null,"variation_seed":null,"variation":null,"upscale":null,"private":null,"spoiler":false,"advanced":""}',1795944113514944);
INSERT INTO "drafts" VALUES('omr6vrrdouioh734zx3m',1576528587396218886,1576528587396218881,'{"source":"interaction:1576528610305507328","prompt":"far too many","negative":"","model":null,"aspect":null,"images":99,"seed":null,"steps":null,"cfg":null,"lora":"","style":"","image":"","image_width":0,"image_height":0,"creativity":null,"variation_seed":null,"variation":null,"upscale":null,"private":null,"spoiler":false,"advanced":""}',1795944111185570);
INSERT INTO "drafts" VALUES('wwo27ikkzm6egzwssywo',1576528587396218885,1576528587396218881,'{"source":"","prompt":"owl","negative":"","model":null,"aspect":null,"images":null,"seed":null,"steps":null,"cfg":null,"lora":"","style":"","image":"","image_width":0,"image_height":0,"creativity":null,"variation_seed":null,"variation":null,"upscale":null,"private":null,"spoiler":false,"advanced":""}',1795944111834362);
CREATE TABLE erasures (
    seq       INTEGER PRIMARY KEY,
    user      INTEGER NOT NULL,
    guild     INTEGER NOT NULL,
    asked_at  INTEGER NOT NULL,
    messages  INTEGER NOT NULL CHECK (messages IN (0, 1)),
    erased_at INTEGER,
    UNIQUE (user, guild)
) STRICT;
CREATE TABLE errands (
    erasure INTEGER NOT NULL REFERENCES erasures (seq) ON DELETE CASCADE,
    kind    TEXT NOT NULL CHECK (kind IN ('spool', 'input', 'server', 'message')),
    what    TEXT NOT NULL,
    PRIMARY KEY (erasure, kind, what)
) STRICT, WITHOUT ROWID;
CREATE TABLE grants (
    seq       INTEGER PRIMARY KEY,
    guild     INTEGER NOT NULL,
    user      INTEGER NOT NULL,
    kind      TEXT NOT NULL CHECK (kind IN ('grant', 'reset')),
    pictures  INTEGER NOT NULL CHECK (pictures > 0),
    first_day TEXT NOT NULL,
    last_day  TEXT NOT NULL CHECK (last_day >= first_day),
    given_by  INTEGER NOT NULL,
    given_at  INTEGER NOT NULL
) STRICT;
INSERT INTO "grants" VALUES(1,1576528587396218881,1576528587396218886,'grant',3,'2026-11-29','2026-12-05',1576528587396218887,1795944107093428);
CREATE TABLE greetings (
    guild  INTEGER PRIMARY KEY,
    met_at INTEGER NOT NULL
) STRICT;
INSERT INTO "greetings" VALUES(1576528587396218881,1795944106889525);
CREATE TABLE guild_settings (
    guild     INTEGER PRIMARY KEY,
    time_zone TEXT NOT NULL
, drawing INTEGER NOT NULL DEFAULT 1
    CHECK (drawing IN (0, 1)), policy TEXT NOT NULL DEFAULT '{}') STRICT;
INSERT INTO "guild_settings" VALUES(1576528587396218881,'Europe/Berlin',1,'{"channels":[],"model":"","models":[],"loras":[],"roles":[{"role":1576528587396218882,"images_max":null,"steps_max":null,"megapixels_max":null,"models":["OfficialStableDiffusion/sd_xl_base_1.0.safetensors"],"loras":[]}],"images_max":null,"steps_max":null,"megapixels_max":null,"spoiler":"choice","adult":"restricted","private":false,"ring":"host","words":["swordfish","troll*"],"age_words":[],"allowed_words":[],"log_channel":1576528587396218889,"language":""}');
CREATE TABLE holds (
    job      TEXT PRIMARY KEY REFERENCES jobs (id),
    user     INTEGER NOT NULL,
    guild    INTEGER NOT NULL,
    pictures INTEGER NOT NULL CHECK (pictures > 0),
    held_at  INTEGER NOT NULL,
    day      TEXT NOT NULL,
    month    TEXT NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO "holds" VALUES('3wqgscyaov576vmk6sd5',1576528587396218885,1576528587396218881,1,1795944114204654,'2026-11-29','2026-11');
INSERT INTO "holds" VALUES('5tsk7udrdxnzrbn4quh7',1576528587396218885,1576528587396218881,1,1795944113648500,'2026-11-29','2026-11');
INSERT INTO "holds" VALUES('bfuryy7zqxrv4kxaa7qf',1576528587396218887,1576528587396218881,1,1795944114192030,'2026-11-29','2026-11');
INSERT INTO "holds" VALUES('t6vhuj4yvdld523thfe4',1576528587396218886,1576528587396218881,1,1795944114180222,'2026-11-29','2026-11');
CREATE TABLE images (
    job     TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    "index" INTEGER NOT NULL,
    path    TEXT NOT NULL,
    seed    INTEGER NOT NULL,
    message INTEGER, place TEXT NOT NULL DEFAULT 'channel'
    CHECK (place IN ('channel', 'private', 'direct', 'waiting', 'gone')), channel INTEGER,
    PRIMARY KEY (job, "index")
) STRICT, WITHOUT ROWID;
INSERT INTO "images" VALUES('5ioz3aoeupooa54uuopj',0,'View/local/raw/swarmbot/2026-11-29/5ioz3aoeupooa54uuopj/1.png',1286901523,1576528595898073088,'channel',1576528587396218890);
INSERT INTO "images" VALUES('6xpcoahslqwq3qdad3wi',0,'View/local/raw/swarmbot/2026-11-29/6xpcoahslqwq3qdad3wi/1.png',1451547619,NULL,'waiting',NULL);
INSERT INTO "images" VALUES('7ekrncnv4xounadns4iv',0,'View/local/raw/swarmbot/2026-11-29/7ekrncnv4xounadns4iv/1.png',7,1576528593209524224,'channel',1576528587396218890);
INSERT INTO "images" VALUES('hnyltzwml4fjrh4kjdqu',0,'View/local/raw/swarmbot/2026-11-29/hnyltzwml4fjrh4kjdqu/1.png',1032206039,1576528595159875584,'channel',1576528587396218890);
INSERT INTO "images" VALUES('ltsnytmp77br7qsuepj6',0,'View/local/raw/swarmbot/2026-11-29/ltsnytmp77br7qsuepj6/1.png',1264285187,1576528594824331264,'channel',1576528587396218890);
INSERT INTO "images" VALUES('owxllvoh2ufkk2g6qfgs',0,'View/local/raw/swarmbot/2026-11-29/owxllvoh2ufkk2g6qfgs/1.png',1228302581,1576528595508002816,'channel',1576528587396218890);
INSERT INTO "images" VALUES('torpue6tauoa2baykjgx',0,'View/local/raw/swarmbot/2026-11-29/torpue6tauoa2baykjgx/1.png',1585502296,1576528594467815424,'channel',1576528587396218890);
INSERT INTO "images" VALUES('vou4ijhaeiqbnuvruxiq',0,'View/local/raw/swarmbot/2026-11-29/vou4ijhaeiqbnuvruxiq/1.png',1375271481,1576528597399633920,'private',1576528587396218890);
INSERT INTO "images" VALUES('ye4rkao2fbasmreshlzs',0,'View/local/raw/swarmbot/2026-11-29/ye4rkao2fbasmreshlzs/1.png',1755442586,1576528593859641344,'channel',1576528587396218890);
INSERT INTO "images" VALUES('ye4rkao2fbasmreshlzs',1,'View/local/raw/swarmbot/2026-11-29/ye4rkao2fbasmreshlzs/1-1.png',1755442587,1576528593859641344,'channel',1576528587396218890);
INSERT INTO "images" VALUES('yr5r2h4ydwsqyhhsvfwr',0,'View/local/raw/swarmbot/2026-11-29/yr5r2h4ydwsqyhhsvfwr/1.png',92349670,1576528607822479360,'direct',1576528587396218895);
CREATE TABLE jobs (
    seq            INTEGER PRIMARY KEY,
    id             TEXT NOT NULL UNIQUE,
    source         TEXT NOT NULL UNIQUE,
    requester      INTEGER NOT NULL,
    requester_name TEXT NOT NULL,
    roles          TEXT NOT NULL,
    guild          INTEGER NOT NULL,
    channel        INTEGER NOT NULL,
    "order"        TEXT NOT NULL,
    state          TEXT NOT NULL,
    attempt        INTEGER NOT NULL,
    session        TEXT NOT NULL,
    folder         TEXT NOT NULL,
    ready          INTEGER NOT NULL,
    reason         TEXT NOT NULL,
    ref            TEXT NOT NULL,
    created_at     INTEGER NOT NULL,
    started_at     INTEGER,
    generated_at   INTEGER,
    ended_at       INTEGER,
    spooled        INTEGER NOT NULL DEFAULT 1,
    told           INTEGER NOT NULL DEFAULT 0,
    CHECK (state IN ('queued', 'running', 'delivering', 'done', 'failed', 'cancelled')),
    CHECK ((ended_at IS NULL) = (state IN ('queued', 'running', 'delivering'))),
    CHECK (ended_at IS NULL OR session = '')
) STRICT;
INSERT INTO "jobs" VALUES(1,'7ekrncnv4xounadns4iv','interaction:1576528593175969792',1576528587396218885,'Mia','[]',1576528587396218881,1576528587396218890,'{"prompt":"a red fox","negative":"","model":"sd_xl_turbo_1.0_fp16.safetensors","model_title":"SDXL Turbo","width":512,"height":512,"images":1,"seed":7,"steps":4,"cfg":1.0,"aspect":"1:1","guidance":null,"notes":[],"loras":[],"style":"","image":"","image_width":0,"image_height":0,"creativity":null,"variation_seed":null,"variation":null,"upscale":null,"extras":[],"private":false,"spoiler":false,"lora":"","advanced":"","sent":[],"sent_negative":[],"typed":"","typed_negative":"","age_restricted":false}','done',1,'','swarmbot/2026-11-29/7ekrncnv4xounadns4iv/1',1,'','',1795944107100946,1795944107105156,1795944107241887,1795944107251706,1,0);
INSERT INTO "jobs" VALUES(2,'ye4rkao2fbasmreshlzs','interaction:1576528593826086912',1576528587396218885,'Mia','[]',1576528587396218881,1576528587396218890,'{"prompt":"two owls","negative":"","model":"sd_xl_turbo_1.0_fp16.safetensors","model_title":"SDXL Turbo","width":512,"height":512,"images":2,"seed":1755442586,"steps":4,"cfg":1.0,"aspect":"1:1","guidance":null,"notes":[],"loras":[],"style":"","image":"","image_width":0,"image_height":0,"creativity":null,"variation_seed":null,"variation":null,"upscale":null,"extras":[],"private":false,"spoiler":false,"lora":"","advanced":"","sent":[],"sent_negative":[],"typed":"","typed_negative":"","age_restricted":false}','done',1,'','swarmbot/2026-11-29/ye4rkao2fbasmreshlzs/1',2,'','',1795944107256477,1795944107258840,1795944107389707,1795944107400113,1,0);
INSERT INTO "jobs" VALUES(3,'torpue6tauoa2baykjgx','interaction:1576528594434260992',1576528587396218885,'Mia','[]',1576528587396218881,1576528587396218890,'{"prompt":"boat 0","negative":"","model":"sd_xl_turbo_1.0_fp16.safetensors","model_title":"SDXL Turbo","width":512,"height":512,"images":1,"seed":1585502296,"steps":4,"cfg":1.0,"aspect":"1:1","guidance":null,"notes":[],"loras":[],"style":"","image":"","image_width":0,"image_height":0,"creativity":null,"variation_seed":null,"variation":null,"upscale":null,"extras":[],"private":false,"spoiler":false,"lora":"","advanced":"","sent":[],"sent_negative":[],"typed":"","typed_negative":"","age_restricted":false}','done',1,'','swarmbot/2026-11-29/torpue6tauoa2baykjgx/1',1,'','',1795944107401414,1795944107403736,1795944107474097,1795944107481006,1,0);
INSERT INTO "jobs" VALUES(4,'ltsnytmp77br7qsuepj6','interaction:1576528594786582528',1576528587396218885,'Mia','[]',1576528587396218881,1576528587396218890,'{"prompt":"boat 1","negative":"","model":"sd_xl_turbo_1.0_fp16.safetensors","model_title":"SDXL Turbo","width":512,"height":512,"images":1,"seed":1264285187,"steps":4,"cfg":1.0,"aspect":"1:1","guidance":null,"notes":[],"loras":[],"style":"","image":"","image_width":0,"image_height":0,"creativity":null,"variation_seed":null,"variation":null,"upscale":null,"extras":[],"private":false,"spoiler":false,"lora":"","advanced":"","sent":[],"sent_negative":[],"typed":"","typed_negative":"","age_restricted":false}','done',1,'','swarmbot/2026-11-29/ltsnytmp77br7qsuepj6/1',1,'','',1795944107485888,1795944107490056,1795944107550068,1795944107561843,1,0);
INSERT INTO "jobs" VALUES(5,'hnyltzwml4fjrh4kjdqu','interaction:1576528595126321152',1576528587396218885,'Mia','[]',1576528587396218881,1576528587396218890,'{"prompt":"boat 2","negative":"","model":"sd_xl_turbo_1.0_fp16.safetensors","model_title":"SDXL Turbo","width":512,"height":512,"images":1,"seed":1032206039,"steps":4,"cfg":1.0,"aspect":"1:1","guidance":null,"notes":[],"loras":[],"style":"","image":"","image_width":0,"image_height":0,"creativity":null,"variation_seed":null,"variation":null,"upscale":null,"extras":[],"private":false,"spoiler":false,"lora":"","advanced":"","sent":[],"sent_negative":[],"typed":"","typed_negative":"","age_restricted":false}','done',1,'','swarmbot/2026-11-29/hnyltzwml4fjrh4kjdqu/1',1,'','',1795944107566762,1795944107569098,1795944107639133,1795944107648502,1,0);
INSERT INTO "jobs" VALUES(6,'owxllvoh2ufkk2g6qfgs','interaction:1576528595474448384',1576528587396218885,'Mia','[]',1576528587396218881,1576528587396218890,'{"prompt":"boat 3","negative":"","model":"sd_xl_turbo_1.0_fp16.safetensors","model_title":"SDXL Turbo","width":512,"height":512,"images":1,"seed":1228302581,"steps":4,"cfg":1.0,"aspect":"1:1","guidance":null,"notes":[],"loras":[],"style":"","image":"","image_width":0,"image_height":0,"creativity":null,"variation_seed":null,"variation":null,"upscale":null,"extras":[],"private":false,"spoiler":false,"lora":"","advanced":"","sent":[],"sent_negative":[],"typed":"","typed_negative":"","age_restricted":false}','done',1,'','swarmbot/2026-11-29/owxllvoh2ufkk2g6qfgs/1',1,'','',1795944107649667,1795944107653103,1795944107728671,1795944107736970,1,0);
INSERT INTO "jobs" VALUES(7,'5ioz3aoeupooa54uuopj','message:1576528595864518656',1576528587396218886,'Theo','[1576528587396218882]',1576528587396218881,1576528587396218890,'{"prompt":"a green door","negative":"","model":"OfficialStableDiffusion/sd_xl_base_1.0.safetensors","model_title":"Stable Diffusion XL 1.0-Base","width":1024,"height":1024,"images":1,"seed":1286901523,"steps":20,"cfg":7.0,"aspect":"1:1","guidance":null,"notes":[],"loras":[],"style":"","image":"","image_width":0,"image_height":0,"creativity":null,"variation_seed":null,"variation":null,"upscale":null,"extras":[],"private":false,"spoiler":false,"lora":"","advanced":"","sent":[],"sent_negative":[],"typed":"","typed_negative":"","age_restricted":false}','done',1,'','swarmbot/2026-11-29/5ioz3aoeupooa54uuopj/1',1,'','',1795944107741277,1795944107745114,1795944107978112,1795944107991807,1,0);
INSERT INTO "jobs" VALUES(8,'vou4ijhaeiqbnuvruxiq','interaction:1576528597357690880',1576528587396218886,'Theo','[1576528587396218882]',1576528587396218881,1576528587396218890,'{"prompt":"a secret garden","negative":"","model":"OfficialStableDiffusion/sd_xl_base_1.0.safetensors","model_title":"Stable Diffusion XL 1.0-Base","width":1024,"height":1024,"images":1,"seed":1375271481,"steps":20,"cfg":7.0,"aspect":"1:1","guidance":null,"notes":[],"loras":[],"style":"","image":"","image_width":0,"image_height":0,"creativity":null,"variation_seed":null,"variation":null,"upscale":null,"extras":[],"private":true,"spoiler":false,"lora":"","advanced":"","sent":[],"sent_negative":[],"typed":"","typed_negative":"","age_restricted":false}','done',1,'','swarmbot/2026-11-29/vou4ijhaeiqbnuvruxiq/1',1,'','',1795944108098100,1795944108102113,1795944108310551,1795944108319653,1,0);
INSERT INTO "jobs" VALUES(9,'yr5r2h4ydwsqyhhsvfwr','interaction:1576528598683090944',1576528587396218886,'Theo','[1576528587396218882]',1576528587396218881,1576528587396218890,'{"prompt":"a lost picture","negative":"","model":"OfficialStableDiffusion/sd_xl_base_1.0.safetensors","model_title":"Stable Diffusion XL 1.0-Base","width":1024,"height":1024,"images":1,"seed":92349670,"steps":20,"cfg":7.0,"aspect":"1:1","guidance":null,"notes":[],"loras":[],"style":"","image":"","image_width":0,"image_height":0,"creativity":null,"variation_seed":null,"variation":null,"upscale":null,"extras":[],"private":true,"spoiler":false,"lora":"","advanced":"","sent":[],"sent_negative":[],"typed":"","typed_negative":"","age_restricted":false}','done',1,'','swarmbot/2026-11-29/yr5r2h4ydwsqyhhsvfwr/1',1,'','',1795944108414569,1795944108421489,1795944110552373,1795944110595204,1,0);
INSERT INTO "jobs" VALUES(10,'6xpcoahslqwq3qdad3wi','interaction:1576528599123492864',1576528587396218887,'Mona','[1576528587396218883]',1576528587396218881,1576528587396218890,'{"prompt":"a found picture","negative":"","model":"sd_xl_turbo_1.0_fp16.safetensors","model_title":"SDXL Turbo","width":512,"height":512,"images":1,"seed":1451547619,"steps":4,"cfg":1.0,"aspect":"1:1","guidance":null,"notes":[],"loras":[],"style":"","image":"","image_width":0,"image_height":0,"creativity":null,"variation_seed":null,"variation":null,"upscale":null,"extras":[],"private":true,"spoiler":false,"lora":"","advanced":"","sent":[],"sent_negative":[],"typed":"","typed_negative":"","age_restricted":false}','done',1,'','swarmbot/2026-11-29/6xpcoahslqwq3qdad3wi/1',1,'','',1795944108532879,1795944110516945,1795944110983094,1795944110996218,1,1);
INSERT INTO "jobs" VALUES(11,'x62xnxuodpffyhm7vbmm','interaction:1576528609663778816',1576528587396218886,'Theo','[1576528587396218882]',1576528587396218881,1576528587396218890,'{"prompt":"a broken clock","negative":"","model":"OfficialStableDiffusion/sd_xl_base_1.0.safetensors","model_title":"Stable Diffusion XL 1.0-Base","width":1024,"height":1024,"images":1,"seed":676187265,"steps":20,"cfg":7.0,"aspect":"1:1","guidance":null,"notes":[],"loras":[],"style":"","image":"","image_width":0,"image_height":0,"creativity":null,"variation_seed":null,"variation":null,"upscale":null,"extras":[],"private":false,"spoiler":false,"lora":"","advanced":"","sent":[],"sent_negative":[],"typed":"","typed_negative":"","age_restricted":false}','failed',1,'','swarmbot/2026-11-29/x62xnxuodpffyhm7vbmm/1',0,'SwarmUI ran out of memory.','7D5C',1795944111032091,1795944111034192,NULL,1795944111070370,1,1);
INSERT INTO "jobs" VALUES(12,'5tsk7udrdxnzrbn4quh7','interaction:1576528620640272384',1576528587396218885,'Mia','[]',1576528587396218881,1576528587396218890,'{"prompt":"a lighthouse on its way","negative":"","model":"sd_xl_turbo_1.0_fp16.safetensors","model_title":"SDXL Turbo","width":512,"height":512,"images":1,"seed":466559451,"steps":4,"cfg":1.0,"aspect":"1:1","guidance":null,"notes":[],"loras":[],"style":"","image":"","image_width":0,"image_height":0,"creativity":null,"variation_seed":null,"variation":null,"upscale":null,"extras":[],"private":false,"spoiler":false,"lora":"","advanced":"","sent":[],"sent_negative":[],"typed":"","typed_negative":"","age_restricted":false}','delivering',1,'3c402574a00d55841ec8a66a253aa140e2d5afa1','swarmbot/2026-11-29/5tsk7udrdxnzrbn4quh7/1',1,'','',1795944113648500,1795944113650826,1795944114117442,NULL,1,0);
INSERT INTO "jobs" VALUES(13,'t6vhuj4yvdld523thfe4','interaction:1576528622859059200',1576528587396218886,'Theo','[1576528587396218882]',1576528587396218881,1576528587396218890,'{"prompt":"a drawn bridge","negative":"","model":"OfficialStableDiffusion/sd_xl_base_1.0.safetensors","model_title":"Stable Diffusion XL 1.0-Base","width":1024,"height":1024,"images":1,"seed":941667425,"steps":20,"cfg":7.0,"aspect":"1:1","guidance":null,"notes":[],"loras":[],"style":"","image":"","image_width":0,"image_height":0,"creativity":null,"variation_seed":null,"variation":null,"upscale":null,"extras":[],"private":false,"spoiler":false,"lora":"","advanced":"","sent":[],"sent_negative":[],"typed":"","typed_negative":"","age_restricted":false}','running',1,'3c402574a00d55841ec8a66a253aa140e2d5afa1','swarmbot/2026-11-29/t6vhuj4yvdld523thfe4/1',0,'','',1795944114180222,1795944114182977,NULL,NULL,1,0);
INSERT INTO "jobs" VALUES(14,'bfuryy7zqxrv4kxaa7qf','interaction:1576528622909390848',1576528587396218887,'Mona','[1576528587396218883]',1576528587396218881,1576528587396218890,'{"prompt":"a waiting room","negative":"","model":"sd_xl_turbo_1.0_fp16.safetensors","model_title":"SDXL Turbo","width":512,"height":512,"images":1,"seed":2044554607,"steps":4,"cfg":1.0,"aspect":"1:1","guidance":null,"notes":[],"loras":[],"style":"","image":"","image_width":0,"image_height":0,"creativity":null,"variation_seed":null,"variation":null,"upscale":null,"extras":[],"private":false,"spoiler":false,"lora":"","advanced":"","sent":[],"sent_negative":[],"typed":"","typed_negative":"","age_restricted":false}','queued',0,'','',0,'','',1795944114192030,NULL,NULL,NULL,1,0);
INSERT INTO "jobs" VALUES(15,'3wqgscyaov576vmk6sd5','message:1576528622963916800',1576528587396218885,'Mia','[]',1576528587396218881,1576528587396218890,'{"prompt":"a last train","negative":"","model":"sd_xl_turbo_1.0_fp16.safetensors","model_title":"SDXL Turbo","width":512,"height":512,"images":1,"seed":1182778567,"steps":4,"cfg":1.0,"aspect":"1:1","guidance":null,"notes":[],"loras":[],"style":"","image":"","image_width":0,"image_height":0,"creativity":null,"variation_seed":null,"variation":null,"upscale":null,"extras":[],"private":false,"spoiler":false,"lora":"","advanced":"","sent":[],"sent_negative":[],"typed":"","typed_negative":"","age_restricted":false}','queued',0,'','',0,'','',1795944114204654,NULL,NULL,NULL,1,0);
CREATE TABLE limits (
    guild  INTEGER NOT NULL,
    scope  TEXT NOT NULL CHECK (scope IN ('guild', 'role', 'member')),
    target INTEGER NOT NULL,
    number TEXT NOT NULL,
    value  INTEGER CHECK (value >= 0),
    set_by INTEGER NOT NULL,
    set_at INTEGER NOT NULL,
    PRIMARY KEY (guild, scope, target, number),
    CHECK (scope <> 'guild' OR target = guild)
) STRICT, WITHOUT ROWID;
INSERT INTO "limits" VALUES(1576528587396218881,'guild',1576528587396218881,'day',15,1576528587396218887,1795944107087857);
INSERT INTO "limits" VALUES(1576528587396218881,'guild',1576528587396218881,'month',200,1576528587396218887,1795944107087857);
INSERT INTO "limits" VALUES(1576528587396218881,'role',1576528587396218882,'day',12,1576528587396218887,1795944107082877);
CREATE TABLE orphans (
    session  TEXT PRIMARY KEY,
    ended_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE personal (
    guild INTEGER NOT NULL,
    user  INTEGER NOT NULL,
    model TEXT    NOT NULL,
    PRIMARY KEY (guild, user)
) STRICT, WITHOUT ROWID;
INSERT INTO "personal" VALUES(1576528587396218881,1576528587396218886,'OfficialStableDiffusion/sd_xl_base_1.0.safetensors');
CREATE TABLE posts (
    job         TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    purpose     TEXT NOT NULL,
    nonce       TEXT NOT NULL,
    channel     INTEGER NOT NULL,
    created_at  INTEGER NOT NULL,
    message     INTEGER,
    token       TEXT,
    token_until INTEGER, upload_limit INTEGER, private INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (job, purpose)
) STRICT, WITHOUT ROWID;
INSERT INTO "posts" VALUES('3wqgscyaov576vmk6sd5','status','f79d9e07f986c3f20464',1576528587396218890,1795944114208531,1576528623005859840,NULL,NULL,NULL,0);
INSERT INTO "posts" VALUES('5ioz3aoeupooa54uuopj','status','cd10493f34a864b8f80b',1576528587396218890,1795944107744993,1576528595898073088,NULL,NULL,NULL,0);
INSERT INTO "posts" VALUES('5tsk7udrdxnzrbn4quh7','status','1393746a81016531e657',1576528587396218890,1795944113650459,1576528620665438208,'token-1576528620640272384',1795945013646000,10485760,0);
INSERT INTO "posts" VALUES('6xpcoahslqwq3qdad3wi','direct','b393813a4f5751bbe9fe',1576528587396218896,1795944110991364,NULL,NULL,NULL,NULL,1);
INSERT INTO "posts" VALUES('6xpcoahslqwq3qdad3wi','status','ad3a1f899654160ffd5e',1576528587396218890,1795944108541392,1576528599274487808,'token-1576528599123492864',1795945008516000,10485760,1);
INSERT INTO "posts" VALUES('7ekrncnv4xounadns4iv','status','9257c5547139e5a610ca',1576528587396218890,1795944107103073,1576528593209524224,'token-1576528593175969792',1795945007098000,10485760,0);
INSERT INTO "posts" VALUES('bfuryy7zqxrv4kxaa7qf','status','91c635715190bf73d5a2',1576528587396218890,1795944114195256,1576528622959722496,'token-1576528622909390848',1795945014187000,10485760,0);
INSERT INTO "posts" VALUES('hnyltzwml4fjrh4kjdqu','status','39a3653cff29c8a60779',1576528587396218890,1795944107568969,1576528595159875584,'token-1576528595126321152',1795945007563000,10485760,0);
INSERT INTO "posts" VALUES('ltsnytmp77br7qsuepj6','status','f97c5391b0d80ecd9b77',1576528587396218890,1795944107489558,1576528594824331264,'token-1576528594786582528',1795945007482000,10485760,0);
INSERT INTO "posts" VALUES('owxllvoh2ufkk2g6qfgs','status','27c62958782ed010cebb',1576528587396218890,1795944107652412,1576528595508002816,'token-1576528595474448384',1795945007646000,10485760,0);
INSERT INTO "posts" VALUES('t6vhuj4yvdld523thfe4','status','a769df9c556cb021110a',1576528587396218890,1795944114182399,1576528622901002240,'token-1576528622859059200',1795945014175000,10485760,0);
INSERT INTO "posts" VALUES('torpue6tauoa2baykjgx','status','ea2b8416a54cb9623fbe',1576528587396218890,1795944107403618,1576528594467815424,'token-1576528594434260992',1795945007398000,10485760,0);
INSERT INTO "posts" VALUES('vou4ijhaeiqbnuvruxiq','status','d760f768ecf580e966a6',1576528587396218890,1795944108101583,1576528597399633920,'token-1576528597357690880',1795945008095000,10485760,1);
INSERT INTO "posts" VALUES('x62xnxuodpffyhm7vbmm','status','259ad14a68c328941f6c',1576528587396218890,1795944111034065,1576528609693138944,'token-1576528609663778816',1795945011029000,10485760,0);
INSERT INTO "posts" VALUES('ye4rkao2fbasmreshlzs','status','83378e54ecdcd007501d',1576528587396218890,1795944107258722,1576528593859641344,'token-1576528593826086912',1795945007253000,10485760,0);
INSERT INTO "posts" VALUES('yr5r2h4ydwsqyhhsvfwr','direct','829a7a1476d62428861c',1576528587396218895,1795944110572671,1576528607822479360,NULL,NULL,NULL,1);
INSERT INTO "posts" VALUES('yr5r2h4ydwsqyhhsvfwr','status','fff0bc4c220c03b5ffff',1576528587396218890,1795944108421346,1576528598754394112,'token-1576528598683090944',1795945008411000,10485760,1);
CREATE TABLE totals (
    guild  INTEGER NOT NULL,
    user   INTEGER NOT NULL,
    period TEXT NOT NULL,
    used   INTEGER NOT NULL CHECK (used >= 0),
    PRIMARY KEY (guild, user, period)
) STRICT, WITHOUT ROWID;
INSERT INTO "totals" VALUES(1576528587396218881,1576528587396218885,'2026-11',9);
INSERT INTO "totals" VALUES(1576528587396218881,1576528587396218885,'2026-11-29',9);
INSERT INTO "totals" VALUES(1576528587396218881,1576528587396218886,'2026-11',4);
INSERT INTO "totals" VALUES(1576528587396218881,1576528587396218886,'2026-11-29',4);
INSERT INTO "totals" VALUES(1576528587396218881,1576528587396218887,'2026-11',2);
INSERT INTO "totals" VALUES(1576528587396218881,1576528587396218887,'2026-11-29',2);
CREATE TABLE trails (
    guild     INTEGER PRIMARY KEY,
    said      INTEGER NOT NULL,
    saying    INTEGER,
    saying_at INTEGER,
    CHECK ((saying IS NULL) = (saying_at IS NULL))
) STRICT;
INSERT INTO "trails" VALUES(1576528587396218881,1,NULL,NULL);
CREATE TABLE trigger_channels (
    guild   INTEGER NOT NULL,
    channel INTEGER NOT NULL,
    listens INTEGER NOT NULL CHECK (listens IN (0, 1)),
    PRIMARY KEY (guild, channel)
) STRICT, WITHOUT ROWID;
CREATE TABLE trigger_lists (
    guild INTEGER PRIMARY KEY
) STRICT;
INSERT INTO "trigger_lists" VALUES(1576528587396218881);
CREATE TABLE trigger_phrases (
    guild   INTEGER NOT NULL REFERENCES trigger_lists (guild) ON DELETE CASCADE,
    channel INTEGER NOT NULL,
    key     TEXT NOT NULL,
    phrase  TEXT NOT NULL,
    PRIMARY KEY (guild, channel, key)
) STRICT, WITHOUT ROWID;
INSERT INTO "trigger_phrases" VALUES(1576528587396218881,0,'draw me{prompt}','draw me');
INSERT INTO "trigger_phrases" VALUES(1576528587396218881,0,'paint{prompt}','paint');
CREATE INDEX jobs_living ON jobs (state, guild, requester) WHERE ended_at IS NULL;
CREATE INDEX jobs_untold ON jobs (ended_at) WHERE told = 0 AND state IN ('failed', 'cancelled');
CREATE INDEX jobs_spooled ON jobs (ended_at) WHERE spooled = 1 AND ended_at IS NOT NULL;
CREATE INDEX jobs_swept ON jobs (ended_at) WHERE spooled = 0 AND ended_at IS NOT NULL;
CREATE INDEX posts_message ON posts (message) WHERE message IS NOT NULL;
CREATE INDEX posts_token ON posts (token_until) WHERE token IS NOT NULL;
CREATE INDEX charges_held_at ON charges (held_at);
CREATE INDEX drafts_kept_at ON drafts (kept_at);
CREATE INDEX audit_at ON audit (at);
CREATE INDEX posts_unrung ON posts (created_at) WHERE purpose = 'ring' AND message IS NULL;
CREATE INDEX images_waiting ON images (job) WHERE place = 'waiting';
CREATE INDEX jobs_history ON jobs (requester, guild, seq) WHERE state = 'done';
CREATE INDEX grants_of ON grants (guild, user, last_day);
CREATE INDEX grants_given_at ON grants (given_at);
CREATE INDEX audit_guild ON audit (guild, seq);
CREATE INDEX jobs_ended_of ON jobs (requester, guild, seq) WHERE ended_at IS NOT NULL;
CREATE INDEX charges_of ON charges (user, guild, held_at);
CREATE INDEX limits_running ON limits (guild) WHERE number IN ('running', 'exempt');
COMMIT;
PRAGMA application_id = 1398230338;
PRAGMA user_version = 10;
