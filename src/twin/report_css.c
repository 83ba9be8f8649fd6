/* The style of a report page: light and dark, 360 px to a projector, print. Colours of the figures are the canvas's
 * inks, so that the page and the PDF agree. No font, image or rule comes from elsewhere. */
#include "io/canvas.h"
#include "twin/report_page.h"

static const char rules[] =
    "*{box-sizing:border-box}\n"
    "html{color-scheme:light dark;-webkit-text-size-adjust:100%;scroll-behavior:smooth}\n"
    "body{margin:0;background:var(--ground);color:var(--k1);font:16px/1.55 system-ui,-apple-system,'Segoe UI',Roboto,"
    "'Helvetica Neue',Arial,sans-serif;font-variant-numeric:tabular-nums}\n"
    "a{color:var(--k4)}\n"
    "main,header,footer{max-width:1160px;margin:0 auto;padding:0 20px}\n"
    "header{padding-top:36px}\n"
    ".eyebrow{margin:0;color:var(--k2);font-size:14px;letter-spacing:.02em}\n"
    "h1{margin:4px 0 14px;font-size:clamp(26px,4.5vw,40px);line-height:1.15;letter-spacing:-.015em;font-weight:650;"
    "overflow-wrap:anywhere}\n"
    "h2{margin:0 0 4px;font-size:20px;line-height:1.3;letter-spacing:-.005em;font-weight:650}\n"
    "h3{margin:22px 0 6px;font-size:15px;font-weight:650}\n"
    "p{margin:0 0 10px;max-width:76ch}\n"
    ".lead{font-size:18px;max-width:70ch}\n"
    ".chip{display:inline-flex;align-items:center;gap:8px;padding:5px 14px 5px 10px;border-radius:99px;font-weight:650;"
    "font-size:16px;border:1.5px solid;margin:0 0 12px}\n"
    ".chip b{display:inline-grid;place-items:center;width:20px;height:20px;border-radius:50%;color:var(--k0);"
    "font-size:13px;line-height:1}\n"
    ".green{color:var(--good);border-color:var(--good)}.green b{background:var(--good)}\n"
    ".amber{color:var(--fair);border-color:var(--fair)}.amber b{background:var(--fair)}\n"
    ".red{color:var(--bad);border-color:var(--bad)}.red b{background:var(--bad)}\n"
    ".tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(190px,1fr));gap:12px;margin:20px 0 "
    "6px;padding:0}\n"
    ".tile{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:12px 16px}\n"
    ".tile dt{color:var(--k2);font-size:14px}\n"
    ".tile dd{margin:0;font-size:26px;font-weight:650;letter-spacing:-.01em;line-height:1.25}\n"
    ".tile dd small{font-size:15px;font-weight:500;letter-spacing:0}\n"
    ".tile dd.note{font-size:13.5px;font-weight:400;color:var(--k2);letter-spacing:0;line-height:1.4}\n"
    "nav{display:flex;flex-wrap:wrap;gap:4px 18px;margin:18px 0 0;font-size:14.5px}\n"
    "nav a{text-decoration:none;padding:3px 0}nav a:hover{text-decoration:underline}\n"
    ":focus-visible{outline:2px solid var(--k4);outline-offset:2px;border-radius:3px}\n"
    ".skip{position:absolute;left:-999px}.skip:focus{left:12px;top:12px;background:var(--card);padding:8px 12px}\n";

static const char more_rules[] =
    "section{background:var(--card);border:1px solid var(--line);border-radius:14px;padding:22px 24px;margin:18px 0}\n"
    ".pair{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,430px),1fr));gap:18px}\n"
    ".pair section{margin:0}\n"
    ".pair{margin:18px 0}\n"
    "figure{margin:10px 0 0}\n"
    "figcaption{color:var(--k2);font-size:14.5px;margin-top:8px;max-width:84ch}\n"
    "svg{display:block;width:100%;height:auto}\n"
    ".narrow{display:none}\n"
    ".sweeps{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,310px),1fr));gap:22px 26px;"
    "margin-top:14px}\n"
    ".sweeps figure{margin:0}\n"
    ".scroll{overflow-x:auto}\n"
    ".corner{min-width:640px;max-width:940px;margin:0 auto}\n"
    "table{border-collapse:collapse;width:100%;font-size:15px;margin-top:10px}\n"
    "caption{text-align:left;color:var(--k2);font-size:14.5px;padding-bottom:6px}\n"
    "th,td{padding:6px 12px 6px 0;text-align:left;border-bottom:1px solid var(--line);vertical-align:baseline}\n"
    "thead th{color:var(--k2);font-weight:500;font-size:14px;border-bottom:1px solid var(--k2)}\n"
    "tbody th{font-weight:650}\n"
    ".n{text-align:right;white-space:nowrap}\n"
    "td.u{color:var(--k2);white-space:nowrap}td.d{color:var(--k2);font-size:14px}\n"
    "tr:last-child th,tr:last-child td{border-bottom:0}\n"
    "tr.chosen th,tr.chosen td{background:var(--tint)}\n"
    ".tag{display:inline-block;border-radius:5px;padding:0 7px;font-size:13.5px;border:1px solid;white-space:nowrap}\n"
    "ul{margin:6px 0 10px;padding-left:20px;max-width:80ch}li{margin:3px 0}\n"
    ".facts{display:grid;grid-template-columns:minmax(120px,max-content) 1fr;gap:4px 20px;margin:10px 0}\n"
    ".facts dt{color:var(--k2)}.facts dd{margin:0;overflow-wrap:anywhere}\n"
    ".card{border-width:2px}\n"
    ".warn{border-left:4px solid var(--fair);padding:2px 0 2px 14px;list-style:none;margin-left:0}\n"
    "details{margin-top:12px}summary{cursor:pointer;color:var(--k4);font-size:15px}\n"
    "pre{overflow:auto;max-height:420px;background:var(--tint);border-radius:8px;padding:12px 14px;font:13px/1.5 "
    "ui-monospace,Menlo,Consolas,monospace;white-space:pre-wrap;overflow-wrap:anywhere}\n"
    "footer{color:var(--k2);font-size:14px;padding-top:6px;padding-bottom:40px}\n"
    "@media (max-width:640px){main,header,footer{padding-left:14px;padding-right:14px}header{padding-top:22px}"
    "section{padding:16px 14px;border-radius:10px}.wide{display:none}.narrow{display:block}"
    ".facts{grid-template-columns:1fr}.facts dd{margin-bottom:8px}.tile dd{font-size:22px}}\n"
    "@media (min-width:1900px){body{font-size:19px}main,header,footer{max-width:1500px}}\n"
    "@media "
    "print{body{background:#fff;font-size:10.5pt}header{padding-top:0}main,header,footer{max-width:none;padding:0}"
    "nav,.skip,details:not([open]){display:none}section,.tile{border-color:#ccc;break-inside:avoid}"
    "#sweeps{break-inside:auto}.sweeps figure,tr{break-inside:avoid}.sweeps{grid-template-columns:repeat(3,1fr)}"
    ".wide{display:block}.narrow{display:none}.scroll{overflow:visible}.corner{min-width:0}pre{max-height:none}"
    "@page{margin:14mm}}\n";

static void put_theme(FILE *s, bool dark) {
  for (int k = 0; k < LG_INK_COUNT; k++)
    (void)fprintf(s, "--k%d:#%06x;", k, (unsigned)(dark ? lg_ink_dark((lg_ink)k) : lg_ink_light((lg_ink)k)));
  (void)fputs(dark ? "--ground:#0d1014;--card:#15191e;--line:#2b323a;--tint:#1e242b;--good:#3fcf9f;--fair:#f0b03a;"
                     "--bad:#ff8b7a"
                   : "--ground:#f5f6f8;--card:#fff;--line:#dfe3e8;--tint:#f1f4f8;--good:#00714f;--fair:#8a5a00;"
                     "--bad:#b3261e",
              s);
}

void lg_report_put_css(FILE *s) {
  (void)fputs("\n:root{", s);
  put_theme(s, false);
  (void)fputs("}\n@media screen and (prefers-color-scheme:dark){:root{", s);
  put_theme(s, true);
  (void)fputs("}}\n", s);
  for (int k = 0; k < LG_INK_COUNT; k++) (void)fprintf(s, ".s%d{stroke:var(--k%d)}.f%d{fill:var(--k%d)}\n", k, k, k, k);
  (void)fputs(rules, s);
  (void)fputs(more_rules, s);
}
