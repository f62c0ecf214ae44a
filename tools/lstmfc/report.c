/* report.c - the report: what was forecast, how well, against what, what it would have earned after costs, and the verdict. */
#include "report.h"
#include "horizons.h"
#include "chart.h"
#include "members.h"
#include "diagnose.h"
#include "portfolio.h"
#include "walk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Colours: c1 the model, c2 what it is compared with, c3 and c4 further lines, c0 grey. */
static const char *const style[] = {
    ":root{--back:#fff;--card:#fff;--ink:#1b2330;--soft:#5b6675;--rule:#e1e5ea;--grid:#edf0f3;--c0:#98a2b0;--c1:#1f5fd0;"
    "--c2:#c2660c;--c3:#16857a;--c4:#8a4fbe;--good:#12743b;--bad:#b3261e;--warn:#7a4b00;--warnback:#fff3d6;--shade:rgba(20,30,50,.38)}\n",
    "@media(prefers-color-scheme:dark){:root{--back:#11151b;--card:#171c24;--ink:#e4e8ee;--soft:#9aa5b4;--rule:#2b333f;"
    "--grid:#232a34;--c0:#6d7888;--c1:#6ea8ff;--c2:#f0a04b;--c3:#4fc3b5;--c4:#c79af0;--good:#5fd08d;--bad:#ff8a80;"
    "--warn:#ffd58a;--warnback:#3a2d10;--shade:rgba(200,220,255,.34)}}\n",
    "*{box-sizing:border-box}body{margin:0;background:var(--back);color:var(--ink);"
    "font:16px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif;"
    "-webkit-text-size-adjust:100%}\n",
    "main{max-width:1180px;margin:0 auto;padding:28px 24px 56px}h1{font-size:1.75rem;line-height:1.2;margin:0 0 .3rem;"
    "letter-spacing:-.01em}h2{font-size:1.2rem;margin:2.6rem 0 .8rem;padding-top:1.1rem;border-top:1px solid var(--rule)}"
    "h3{font-size:1rem;margin:1.4rem 0 .5rem}p{margin:.4rem 0 .8rem;max-width:80ch}"
    ".sub{color:var(--soft);margin:0;font-size:.92rem}table+.sub,div+.sub{margin-top:.5rem}"
    ".badge{display:inline-block;font-size:.78rem;font-weight:700;letter-spacing:.06em;padding:.15rem .6rem;"
    "border-radius:4px;background:var(--warnback);color:var(--warn);margin:.2rem .4rem .5rem 0}\n",
    ".alarm{border:2px solid var(--bad);border-radius:6px;padding:.6rem .9rem;font-weight:600;overflow-wrap:anywhere}"
    ".lead b,.lead span{white-space:nowrap}.lead{font-size:1.1rem;margin:1.1rem 0 1.2rem;max-width:80ch}"
    ".tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(168px,1fr));gap:12px;margin:0 0 .4rem}"
    ".tile{border:1px solid var(--rule);border-radius:8px;padding:.75rem .9rem;background:var(--card)}"
    ".tile b{display:block;font-size:1.5rem;line-height:1.25;font-variant-numeric:tabular-nums}"
    ".tile span{color:var(--soft);font-size:.84rem;display:block;line-height:1.35}\n",
    ".charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,460px),1fr));gap:18px}"
    "figure{--back:var(--card);margin:0;border:1px solid var(--rule);border-radius:8px;padding:.9rem .9rem .5rem;background:var(--card);"
    "min-width:0}figcaption b{display:block}figcaption span{color:var(--soft);font-size:.86rem;display:block;"
    "line-height:1.4}\n",
    ".legend{display:flex;flex-wrap:wrap;gap:.1rem 1rem;margin:.45rem 0 .2rem;font-size:.84rem;color:var(--soft);"
    "max-width:none}.legend span{display:inline-flex;align-items:center;gap:.4rem}"
    ".legend i{width:20px;height:0;border-top:2.5px solid}.legend i.dash{border-top-style:dashed}"
    ".legend i.level{border-top:1.5px dashed var(--soft)}.legend i.round{width:9px;height:9px;border:0;border-radius:50%;"
    "background:currentColor}.legend i.box{width:14px;height:10px;border:0;background:currentColor;opacity:.35}\n",
    "svg{display:block;width:100%;height:auto}svg text{font-size:12.5px;fill:var(--soft);text-anchor:middle;"
    "font-variant-numeric:tabular-nums}svg text.y{text-anchor:end}svg text.label{text-anchor:start}"
    ".grid{stroke:var(--grid);fill:none}.axis{stroke:var(--c0);fill:none}"
    ".line{fill:none;stroke:currentColor;stroke-width:1.8;stroke-linejoin:round}.dash{stroke-dasharray:5 4}"
    ".level{stroke:var(--soft);stroke-width:1.2;stroke-dasharray:5 4;fill:none}"
    ".mark{stroke:var(--c0);stroke-width:1.2;stroke-dasharray:2 3;fill:none}"
    ".area,.band{fill:currentColor;opacity:.16;stroke:none}.bar{fill:currentColor;opacity:.35}.dot{fill:currentColor}"
    "figure.whole svg{max-width:720px}.heat{fill:currentColor;stroke:none}svg text.phone{display:none}svg text.strong{font-weight:700;fill:var(--ink)}"
    ".c0{color:var(--c0)}.c1{color:var(--c1)}.c2{color:var(--c2)}.c3{color:var(--c3)}.c4{color:var(--c4)}\n",
    ".charts+.scroll,.charts+h3,.scroll+.charts{margin-top:1.2rem}"
    /* A table that goes on beyond the edge has a shadow there: the cover moves with the table, the shadow stays with the frame. */
    ".scroll{overflow-x:auto;background:linear-gradient(to right,var(--back) 40%,transparent) 0 0/44px 100% local no-repeat,"
    "linear-gradient(to left,var(--back) 40%,transparent) 100% 0/44px 100% local no-repeat,"
    "linear-gradient(to right,var(--shade),transparent) 0 0/16px 100% scroll no-repeat,"
    "linear-gradient(to left,var(--shade),transparent) 100% 0/16px 100% scroll no-repeat}"
    "table{border-collapse:collapse;font-size:.92rem;min-width:min(100%,560px)}"
    "th,td{text-align:right;padding:.34rem .8rem;border-bottom:1px solid var(--rule);font-variant-numeric:tabular-nums;"
    "white-space:nowrap}th{font-weight:600;color:var(--soft);font-size:.84rem}"
    "td:first-child,th:first-child{text-align:left;padding-left:0}"
    "td.text,th.text{text-align:left;white-space:normal;min-width:11rem}tr.us td{font-weight:650}"
    "td small{color:var(--soft)}.yes{color:var(--good);font-weight:700}.no{color:var(--bad);font-weight:700}"
    ".unknown{color:var(--soft);font-weight:700}\n",
    ".facts{display:grid;grid-template-columns:minmax(6.5rem,max-content) 1fr;gap:.25rem 1.2rem;font-size:.92rem;"
    "margin:.6rem 0}.facts dt{color:var(--soft)}.facts dd{margin:0;min-width:0;overflow-wrap:anywhere}"
    "code,pre{font:.86rem/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}"
    "pre{overflow-x:auto;background:var(--grid);padding:.8rem;border-radius:6px}details{margin:.8rem 0}"
    "summary{cursor:pointer;color:var(--soft)}.switch input{position:absolute;opacity:0;pointer-events:none}"
    ".switch label{font-size:.82rem;border:1px solid var(--rule);border-radius:5px;padding:.05rem .55rem;"
    "margin-right:.3rem;cursor:pointer;color:var(--soft)}.switch input:checked+label{color:var(--ink);"
    "border-color:var(--c0);font-weight:600}.switch input:focus-visible+label{outline:2px solid var(--c1)}"
    ".switch .log{display:none}.switch input.l:checked~.log{display:block}.switch input.l:checked~.linear{display:none}\n",
    /* A table in a card has half a page's width. */
    "@media(min-width:641px){figure td,figure th{padding-left:.45rem;padding-right:.45rem}}\n"
    /* On a phone explanations stand under their figures, headings wrap, and what is still too wide scrolls. */
    "@media(max-width:640px){main{padding:20px 14px 40px}h1{font-size:1.4rem}svg text{font-size:17px}svg text.tight{display:none}svg text.phone{display:inline}"
    ".facts{grid-template-columns:1fr;gap:0}.facts dd{margin-bottom:.5rem}th,td{padding:.34rem .24rem}"
    "table{font-size:.8rem;min-width:0;width:100%}th{font-size:.75rem;white-space:normal;vertical-align:bottom}td:first-child{white-space:normal}"
    "pre{white-space:pre-wrap;overflow-wrap:anywhere}.stack tr{display:grid;grid-template-columns:1fr auto;"
    "border-bottom:1px solid var(--rule);padding:.2rem 0}.stack td,.stack th{border:0}.stack .text{grid-column:1/-1;min-width:0;"
    "padding-left:0}.stack th.text{display:none}.wide .text{display:none}.tiles{grid-template-columns:1fr 1fr}"
    ".tile b{font-size:1.25rem}}\n",
    "@media print{body{font-size:12px}figure,.tile,table{break-inside:avoid}}\n"
};

char *report_command(int argc, char **argv) {
    size_t size = 16, used;
    char *out;
    int i;
    for (i = 0; i < argc; i++) size += strlen(argv[i]) + 3;
    out = (char *)malloc(size);
    if (!out) return NULL;
    used = (size_t)snprintf(out, size, "lstmfc");
    for (i = 0; i < argc; i++) {
        int quote = !*argv[i] || strpbrk(argv[i], " |*?()[]<>&;'\"$`\\#~!{}") != NULL;
        used += (size_t)snprintf(out + used, size - used, quote ? " \"%s\"" : " %s", argv[i]);
    }
    return out;
}

int report_begin(report_run *run, const options_command *command, void *own, const lstmfc_field *fields, size_t count,
                 const char *only, const char *needed, int argc, char **argv) {
    int code;
    options_init(&run->o, command);
    options_add(&run->o, "Files", own, fields, count, NULL);
    tool_input_options(&run->o, &run->input);
    tool_trading_options(&run->o, &run->signals, &run->costs, only);
    tool_machine_options(&run->o);
    code = options_parse(&run->o, argc, argv);
    if (code == -1) code = options_require(&run->o, needed);
    if (code == -1 && options_given(&run->o, "report")) code = tool_check_created(&run->o, 0);
    run->typed = report_command(argc, argv);
    if (code == -1 && !run->typed) code = tool_fail(&run->o, TOOL_FAILURE, "out of memory");
    return code;
}

int report_end(report_run *run, int code) {
    free(run->typed);
    options_free(&run->o);
    return code;
}

/* ---- small pieces ---------------------------------------------------------------------------------------------- */

/* A p value with its sign as HTML wants it. */
static const char *p_html(char *out, size_t size, double p) {
    char text[32];
    tool_p(text, p);
    snprintf(out, size, "%s%s", text[0] == '<' ? "&lt;" : text[0] == '>' ? "&gt;" : "", text + (text[0] == '<' || text[0] == '>'));
    return out;
}

/* A figure with its unit: share and return in percent, the rest as they are. */
static void figure_text(char *out, size_t size, double value, const char *unit) {
    char count[32];
    if (lstmfc_is_nan(value)) snprintf(out, size, "–");
    else if (!lstmfc_is_finite(value)) snprintf(out, size, value > 0 ? "∞" : "−∞");
    else if (!strcmp(unit, "share")) snprintf(out, size, "%.2f&nbsp;%%", 100 * value);
    else if (!strcmp(unit, "return"))
        snprintf(out, size, value > -0.001 && value < 0.001 ? "%+.4f&nbsp;%%" : "%+.2f&nbsp;%%", 100 * value);
    else if (!strcmp(unit, "count") && value > -1e15 && value < 1e15)
        snprintf(out, size, "%s", tool_count(count, (int64_t)(value + (value < 0 ? -0.5 : 0.5))));
    else if (!strcmp(unit, "bars")) snprintf(out, size, "%.1f bars", value);
    else if (!strcmp(unit, "money") && value > -1e15 && value < 1e15) {
        char plain[32];                                 /* rounded as everywhere */
        snprintf(plain, sizeof plain, "%.2f", value < 0 ? -value : value);
        snprintf(out, size, "%s%s%s", value < 0 ? "-" : "", tool_count(count, strtoll(plain, NULL, 10)), strchr(plain, '.'));
    } else if (!strcmp(unit, "ratio") && (value >= 1000 || value <= -1000) && value > -1e15 && value < 1e15)
        snprintf(out, size, "%s", tool_count(count, (int64_t)(value + (value < 0 ? -0.5 : 0.5))));
    else if (!strcmp(unit, "ratio")) snprintf(out, size, "%.3f", value);
    else if (!strcmp(unit, "p")) p_html(out, size, value);
    else snprintf(out, size, "%.5g", value);
}

/* A name out of a table, as people write it. */
static void plain_name(char *out, size_t size, const char *name) {
    static const char *const known[][2] = {
        {"total_return", "Net return"}, {"cagr", "Net return per year"}, {"volatility", "Volatility per year"}, {"annual", "Bars per year"}, {"sharpe", "Sharpe ratio"},
        {"sharpe_se", "Sharpe, standard error"}, {"sharpe_daily", "Sharpe, daily"}, {"sharpe_lo", "Sharpe, autocorrelation-corrected"}, {"sortino", "Sortino ratio"},
        {"calmar", "Calmar ratio"}, {"max_drawdown_intrabar", "Max drawdown inside bars"}, {"drawdown_bars", "Longest drawdown"}, {"drawdown_open", "Longest still open"},
        {"ulcer", "Ulcer index"}, {"value_at_risk", "Value at risk, 5 %"}, {"conditional_value_at_risk", "Mean of the worst 5 %"}, {"expectancy_r", "Expectancy, R"},
        {"sqn", "SQN"}, {"sqn_raw", "SQN, uncapped"}, {"turnover_annual", "Turnover per year"}, {"break_even", "Break-even cost, bp per side"}, {"average_bars", "Mean trade length"},
        {"sharpe_probability", "Probability of a true Sharpe above 0"}, {"track_record", "Bars it takes to be 95 % sure of it"},
        {"mean_low", "Mean bar return, 90 % low"}, {"mean_high", "Mean bar return, 90 % high"}, {"fees", "Fees paid"}, {"slippage", "Slippage paid"}
    };
    size_t i;
    for (i = 0; i < sizeof known / sizeof known[0]; i++)
        if (!strcmp(known[i][0], name)) { snprintf(out, size, "%s", known[i][1]); return; }
    snprintf(out, size, "%s", name);
    for (i = 0; out[i]; i++) if (out[i] == '_') out[i] = ' ';
    if (out[0] >= 'a' && out[0] <= 'z') out[0] = (char)(out[0] - 'a' + 'A');
}

/* A number stays on one line with its sign and unit: tiles are narrow. */
static void tile(lstmfc_writer *w, const char *value, const char *text) {
    char one[2] = {0, 0};
    size_t i;
    tool_print(w, "<div class=\"tile\"><b>%s</b><span>", value);
    for (i = 0; text[i]; i++) {
        int sign = i >= 2 && text[i - 2] == '\xc2' && text[i - 1] == '\xb1';      /* ± */
        one[0] = text[i];
        if (text[i] == ' ' && (sign || text[i + 1] == '%')) tool_print(w, "&nbsp;");
        else html_text(w, one);
    }
    tool_print(w, "</span></div>");
}

static void fact(lstmfc_writer *w, const char *name, const char *text) {
    if (!text || !*text) return;
    tool_print(w, "<dt>%s</dt><dd>", name);
    html_text(w, text);
    tool_print(w, "</dd>");
}

static const char *verdict_class(int verdict) { return verdict == VERDICT_YES ? "yes" : verdict == VERDICT_NO ? "no" : "unknown"; }

/* ---- forecast quality ------------------------------------------------------------------------------------------ */

static void row(lstmfc_writer *w, const char *name, double value, const char *unit, const char *help) {
    char text[64];
    figure_text(text, sizeof text, value, unit);
    tool_print(w, "<tr><td>%s</td><td>%s</td><td class=\"text\"><small>", name, text);
    html_text(w, help);
    tool_print(w, "</small></td></tr>");
}

static void direction_table(lstmfc_writer *w, const evaluation *e) {
    const lstmfc_direction *d = &e->direction;
    const lstmfc_epoch *best = e->info.best_epoch > 0 && e->info.best_epoch <= e->info.epochs
        ? &e->info.history[e->info.best_epoch - 1] : NULL;
    char help[256], a[32], b[32];
    int long_only = e->backtest && e->backtest->desc.long_only;
    if (*evaluation_thresholds(help, &e->info, e->backtest ? &e->signals : NULL, long_only))
        tool_print(w, "<p>An up is %s.</p>\n", help);
    tool_print(w, "<div class=\"scroll stack\"><table><tr><th>Figure</th><th>Value</th><th class=\"text\">Meaning</th></tr>");
    row(w, "Forecasts measured", d->count, "count", "equal closes, gaps and outcomes not yet known are left out");
    snprintf(help, sizeof help, "share of right calls; 95 %% interval %.2f to %.2f %%", 100 * d->accuracy_low,
             100 * d->accuracy_high);
    row(w, "Accuracy", d->accuracy, "share", help);
    row(w, "Without a model", d->p0, "share", "calling the more frequent side of these very bars every time");
    snprintf(help, sizeof help, "chance of an accuracy this high if the model knew nothing (exact, one-sided); two-sided %s", tool_p(a, d->p_two_sided));
    row(w, "Binomial p", d->p_one_sided, "p", help);
    if (best && lstmfc_is_finite(best->accuracy)) {
        const char *which = tool_lowest_epoch(&e->info) == e->info.best_epoch ? "best" : "kept";
        if (lstmfc_is_finite(best->val_accuracy))
            snprintf(help, sizeof help, "%s epoch, dropout on; validation %.2f %%", which, 100 * best->val_accuracy);
        else snprintf(help, sizeof help, "%s epoch, dropout on; no validation part", which);
        row(w, "Training accuracy", best->accuracy, "share", help);
        row(w, "Train − test gap", best->accuracy - d->accuracy, "return", "in points; a large gap is memory, not skill");
    }
    snprintf(help, sizeof help, "0.5 is a coin toss; standard error %s (DeLong)", tool_defined(a, "%.4f", d->auc_se));
    if (!e->vote) {
        row(w, "AUC-ROC", d->auc, "value", help);
        row(w, "Log loss", d->log_loss, "value", "mean negative log-likelihood; 0.6931 says 50 % every time");
        row(w, "Brier score", d->brier, "value", "mean squared error of the probability; 0.25 says 50 % every time");
        row(w, "Calibration error", e->calibration_error, "share", "mean distance of a probability from what became of its tenth");
    }
    row(w, "Matthews correlation", d->mcc, "ratio", "of call and outcome");
    row(w, "Pesaran-Timmermann p", d->pt_p, "p", "are calls and outcomes independent? not defined when every call is the same");
    row(w, "Went up here", d->base_rate, "share", "share of ups in the measured bars");
    row(w, "Went up in the fit part", e->info.base_rate, "share", "what persistence forecasts");
    if (e->info.horizon > 1 && e->vote) {
        snprintf(help, sizeof help, "block bootstrap, 95 %%: %.2f to %.2f %%", 100 * e->accuracy_error.low, 100 * e->accuracy_error.high);
        row(w, "Accuracy, overlapping labels", e->accuracy_error.mean, "share", help);
    } else if (e->info.horizon > 1) {
        snprintf(help, sizeof help, "block bootstrap, 95 %%: %.2f to %.2f %%; AUC %s to %s", 100 * e->accuracy_error.low,
                 100 * e->accuracy_error.high, tool_defined(a, "%.4f", e->auc_error.low),
                 tool_defined(b, "%.4f", e->auc_error.high));
        row(w, "Accuracy, overlapping labels", e->accuracy_error.mean, "share", help);
    }
    tool_print(w, "</table></div>\n");
}

static void error_table(lstmfc_writer *w, const evaluation *e) {
    static const char *const units[] = {"", "price units", "log returns (0.01 is 1 %)", "volatility per bar (0.01 is 1 %)",
                                        "price units", "volatility per bar (0.01 is 1 %)", "units of the expression"};
    struct { const char *name; double model, naive; const char *format; } lines[5];
    char figure[32];
    int i;
    lines[0].name = "RMSE"; lines[0].model = e->errors.rmse; lines[0].naive = e->naive_errors.rmse; lines[0].format = "%.6g";
    lines[1].name = "MAE";  lines[1].model = e->errors.mae;  lines[1].naive = e->naive_errors.mae;  lines[1].format = "%.6g";
    lines[2].name = "MAPE"; lines[2].model = 100 * e->errors.mape; lines[2].naive = 100 * e->naive_errors.mape;
    lines[2].format = "%.3f %%";
    lines[3].name = "Bias"; lines[3].model = e->errors.bias; lines[3].naive = e->naive_errors.bias; lines[3].format = "%.4g";
    lines[4].name = "R²";   lines[4].model = e->errors.r2;   lines[4].naive = e->naive_errors.r2;   lines[4].format = "%.5f";
    tool_print(w, "<p>Errors in %s, each beside the same figure of persistence: an R² alone proves nothing.</p><div "
                  "class=\"scroll\"><table><tr><th>Figure</th><th>Model</th><th>Persistence</th></tr>",
               units[e->info.target]);
    for (i = 0; i < 5; i++) {
        if (i == 2 && !evaluation_has_shares(e)) continue;      /* a share of nearly nothing */
        tool_print(w, "<tr><td>%s</td><td>", lines[i].name);
        tool_print(w, "%s</td><td>", tool_figure(figure, lines[i].format, lines[i].model));
        tool_print(w, "%s</td></tr>", tool_figure(figure, lines[i].format, lines[i].naive));
    }
    evaluation_moves_html(w, e);
    if (lstmfc_is_finite(e->theil_u2)) tool_print(w, "<tr><td>Theil’s U2</td><td>%.4f</td><td>1</td></tr>", e->theil_u2);
    tool_print(w, "</table></div>\n");
    evaluation_cover_html(w, e);
    if (e->info.target == LSTMFC_TARGET_VOLATILITY)
        tool_print(w, "<p>Mean squared error of ln RV: %.5g; of persistence: %s.</p>\n", e->secondary,
                   tool_defined(figure, "%.5g", e->baselines[0].secondary));
}

static void baseline_table(lstmfc_writer *w, const evaluation *e) {
    char skill[32], p[32];
    int i, direction = e->info.target == LSTMFC_TARGET_DIRECTION;
    tool_print(w, "<div class=\"scroll wide\"><table><tr><th>Forecast</th><th>%s</th><th>Skill of the "
                  "model</th><th>Diebold-Mariano p</th>%s<th class=\"text\">What it is</th></tr>", e->loss_name,
               direction ? "<th>Accuracy</th>" : "");
    tool_print(w, "<tr class=\"us\"><td>This model</td><td>%s</td><td></td><td></td>", e->vote ? "–"
               : tool_figure(skill, "%.6g", e->baseline_count ? e->baselines[0].comparison.loss_model : lstmfc_nan()));
    if (direction) tool_print(w, "<td>%.2f %%</td>", 100 * e->direction.accuracy);
    tool_print(w, "<td class=\"text\"></td></tr>");
    for (i = 0; i < e->baseline_count; i++) {
        const evaluation_baseline *b = &e->baselines[i];
        tool_print(w, "<tr><td>%s</td>", b->name);
        if (b->available)
            tool_print(w, "<td>%.6g</td><td>%s</td><td>%s</td>", b->comparison.loss_baseline,
                       tool_figure(skill, "%+.4f", b->comparison.skill), p_html(p, sizeof p, b->comparison.p));
        else tool_print(w, "<td>–</td><td>–</td><td>–</td>");
        if (direction && lstmfc_is_nan(b->accuracy)) tool_print(w, "<td>–</td>");
        else if (direction) tool_print(w, "<td>%.2f %%</td>", 100 * b->accuracy);
        tool_print(w, "<td class=\"text\"><small>");
        html_text(w, b->help);
        tool_print(w, "</small></td></tr>");
    }
    tool_print(w, "</table></div>\n<p class=\"sub\">Skill = 1 − loss of the model / loss of the baseline: above zero is better. "
                  "p: chance of such a difference if both were equally good (one-sided, "
                  "Harvey-Leybourne-Newbold factor).</p>\n");
    for (i = 0; i < e->baseline_count; i++)
        if (!e->baselines[i].available) {
            tool_print(w, "<p>%s: ", e->baselines[i].name);
            html_text(w, e->baselines[i].missing);
            tool_print(w, ".</p>\n");
        }
}

/* Share of right calls over the last `span` forecasts, with the band that calling the more frequent side would keep to in 95 of 100
   places. */
static void rolling_accuracy(lstmfc_writer *w, const evaluation *e, double *x) {
    size_t span = e->n >= 2000 ? 500 : e->n / 4, i;
    double *share = (double *)calloc(e->n, sizeof *share), *low = (double *)calloc(e->n, sizeof *low),
        *high = (double *)calloc(e->n, sizeof *high), right = 0;
    if (share && low && high && span >= 20) {
        char note[200], legend[60];
        chart c;
        for (i = 0; i < e->n; i++) {
            double p0 = e->direction.p0, half = 1.959964 * lstmfc_sqrt(p0 * (1 - p0) / (double)span);
            right += (e->forecast[i] > e->info.cut) == (e->truth[i] > 0.5);
            if (i >= span) right -= (e->forecast[i - span] > e->info.cut) == (e->truth[i - span] > 0.5);
            share[i] = i + 1 >= span ? right / (double)span : lstmfc_nan();
            low[i] = i + 1 >= span ? p0 - half : lstmfc_nan();
            high[i] = i + 1 >= span ? p0 + half : lstmfc_nan();
        }
        snprintf(note, sizeof note, "Share of right calls over the last %d forecasts. The band holds who calls the more "
                                    "frequent side every time, 95 %% of the time.", (int)span);
        snprintf(legend, sizeof legend, "model, last %d", (int)span);
        c = chart_start("Right calls over time", note, "time of the forecast (UTC)", "share of right calls", CHART_TIME,
                        CHART_PERCENT);
        chart_add(&c, "the more frequent side, 95 % band", CHART_BAND, 0, x, low, high, e->n);
        chart_add(&c, legend, CHART_LINE, 1, x, share, NULL, e->n);
        c.level = e->direction.p0;
        chart_figure(w, &c);
    }
    free(share); free(low); free(high);
}

/* Running sum of baseline loss minus model loss: it climbs where the model is better. */
static void advantage(lstmfc_writer *w, const evaluation *e, double *x) {
    double *sums[2] = {NULL, NULL};
    char names[2][80];
    size_t i;
    int k;
    chart c = chart_start("Lead over the baselines",
                          "Running sum of the baseline’s loss minus the model’s. It climbs where the model is the better one.",
                              "time of the forecast (UTC)",
                          e->info.target == LSTMFC_TARGET_DIRECTION ? "sum of log loss saved" : "sum of loss saved", CHART_TIME,
                              CHART_NUMBER);
    for (k = 0; k < 2; k++) {                           /* the hardest first */
        const evaluation_baseline *b = &e->baselines[k ? 0 : e->best];
        double sum = 0;
        if (!e->baseline_count || !b->available || (k && e->best == 0) || !(sums[k] = (double *)calloc(e->n, sizeof(double)))) continue;
        for (i = 0; i < e->n; i++) {
            double difference = b->loss[i] - e->loss[i];
            if (lstmfc_is_finite(difference)) sum += difference;
            sums[k][i] = sum;
        }
        snprintf(names[k], sizeof names[k], "over %s%s", b->name, k ? "" : ", the best");
        chart_add(&c, names[k], CHART_LINE, k + 1, x, sums[k], NULL, e->n);
    }
    c.level = 0;
    chart_figure(w, &c);
    free(sums[0]); free(sums[1]);
}

static void calibration(lstmfc_writer *w, const evaluation *e) {
    double probability[VERDICT_BINS], up[VERDICT_BINS], low[VERDICT_BINS], high[VERDICT_BINS], share[VERDICT_BINS],
        middle[VERDICT_BINS];
    double from[2] = {0, 1};
    chart c = chart_start("Calibration", "Ups among the forecasts of each tenth of probability, with Wilson 95 % intervals: on "
                                         "the diagonal the probabilities can be taken at their word.",
                          "forecast probability of an up", "share that went up", CHART_PERCENT, CHART_PERCENT);
    int i, n = 0;
    for (i = 0; i < VERDICT_BINS; i++) {
        middle[i] = (e->bins[i].low + e->bins[i].high) / 2;
        share[i] = e->bins[i].count / (double)e->n;
        if (!(e->bins[i].count > 0)) continue;
        probability[n] = e->bins[i].probability;
        up[n] = e->bins[i].up; low[n] = e->bins[i].up_low; high[n] = e->bins[i].up_high;
        n++;
    }
    chart_add(&c, "share of the forecasts in this tenth", CHART_BARS, 0, middle, share, NULL, VERDICT_BINS);
    chart_add(&c, "perfect calibration", CHART_DASHED, 2, from, from, NULL, 2);
    chart_add(&c, "95 % interval", CHART_BAND, 1, probability, low, high, (size_t)n);
    chart_add(&c, "the model", CHART_LINE, 1, probability, up, NULL, (size_t)n);
    chart_add(&c, NULL, CHART_DOTS, 1, probability, up, NULL, (size_t)n);
    c.x_low = 0; c.x_high = 1; c.y_low = 0; c.y_high = 1;
    chart_figure(w, &c);
    tool_print(w, "<figure><figcaption><b>Calibration in numbers</b><span>Forecasts and what became of them, by tenth of "
                  "probability.</span></figcaption><div class=\"scroll\"><table>"
                  "<tr><th>Probability</th><th>Forecasts</th><th>Mean</th><th>Went up</th><th>95 %% interval</th></tr>");
    for (i = 0; i < VERDICT_BINS; i++) {
        char count[32];
        if (!(e->bins[i].count > 0)) continue;
        tool_print(w, "<tr><td>%.0f–%.0f %%</td><td>%s</td><td>%.1f %%</td><td>%.1f %%</td><td>%.1f–%.1f %%</td></tr>",
                   100 * e->bins[i].low, 100 * e->bins[i].high,
                   tool_count(count, (int64_t)e->bins[i].count), 100 * e->bins[i].probability, 100 * e->bins[i].up,
                       100 * e->bins[i].up_low, 100 * e->bins[i].up_high);
    }
    tool_print(w, "</table></div></figure>\n");
}

/* What the last forecast has looked at, bar by bar; the dashed line is what each would have if all were alike. */
static void attention_chart(lstmfc_writer *w, const evaluation *e) {
    size_t window = (size_t)e->info.window;
    chart c = chart_start("Attention of the last forecast", "How much of each bar of its window the attention layer took.",
                          "open of the bar (UTC)", "share of the weight", CHART_TIME, CHART_PERCENT);
    if (!e->attention) return;
    chart_add(&c, "weight", CHART_AREA, 1, e->attention, e->attention + window, NULL, window);
    chart_add(&c, NULL, CHART_LINE, 1, e->attention, e->attention + window, NULL, window);
    c.level = 1 / (double)window;
    c.level_name = "all bars alike";
    c.y_low = 0;
    chart_figure(w, &c);
}

static void quality(lstmfc_writer *w, const evaluation *e) {
    double *x = (double *)calloc(e->n, sizeof *x);
    size_t i;
    char a[32], b[32], n[32], note[320];
    tool_print(w, "<h2>How good are the forecasts%s?</h2>\n", e->in_sample ? " (IN SAMPLE: no evidence)" : "");
    tool_print(w, "<p>%s forecasts whose outcome fell between %s and %s%s.</p>\n", tool_count(n, (int64_t)e->n),
               tool_time(a, e->from, e->interval), tool_time(b, e->to, e->interval),
               e->in_sample ? ", all of them bars the model was trained on" : ", none of which the model had seen");
    if (*tool_target_note(note, &e->info)) {
        tool_print(w, "<p>");
        html_text(w, note);
        tool_print(w, ".</p>\n");
    }
    if (e->vote) tool_print(w, "<p>Its forecasts are shares of votes, which are no probabilities: log loss, calibration, AUC and skill are not "
                            "defined; its calls are judged by the binomial test.</p>\n");
    if (e->info.target == LSTMFC_TARGET_DIRECTION) direction_table(w, e);
    else error_table(w, e);
    tool_print(w, "<h3>Against forecasts that need no network</h3>\n");
    baseline_table(w, e);
    if (x) {
        for (i = 0; i < e->n; i++) x[i] = (double)e->time[i];
        tool_print(w, "<div class=\"charts\" style=\"margin-top:1.2rem\">\n");
        if (e->info.target == LSTMFC_TARGET_DIRECTION) {
            if (!e->vote) calibration(w, e);
            rolling_accuracy(w, e, x);
        } else {
            diagnose_forecasts(w, e);
            evaluation_cover_chart(w, e, x);
        }
        if (!e->vote) advantage(w, e, x);
        attention_chart(w, e);
        tool_print(w, "</div>\n");
    }
    evaluation_residuals_html(w, e);
    tool_print(w, "<div class=\"charts\">\n");
    diagnose_residuals(w, e);
    tool_print(w, "</div>\n");
    if (e->importance.groups || e->correlations.matrix || *e->correlations.missing) {
        tool_print(w, "<h3>What the model rests on</h3>\n<div class=\"charts\">\n");
        diagnose_importance(w, e);
        diagnose_correlations(w, e);
        tool_print(w, "</div>\n");
    }
    free(x);
}

/* ---- training -------------------------------------------------------------------------------------------------- */

static void training_chart(lstmfc_writer *w, const lstmfc_forecaster_info *info, int which) {
    static const struct { const char *title, *note, *y; size_t train, validation; int kind; } charts[] = {
        {"Loss", "Without the L2 penalty. Training loss is measured with dropout on, so it may lie above the validation loss.", "loss per sample", offsetof(lstmfc_epoch, loss),
         offsetof(lstmfc_epoch, val_loss), CHART_NUMBER},
        {"Accuracy", "Share of right calls in each epoch.", "share of right calls", offsetof(lstmfc_epoch, accuracy), offsetof(lstmfc_epoch, val_accuracy), CHART_PERCENT},
        {"AUC", "Chance that an up gets the higher probability than a down. 0.5 is a coin toss.", "area under the ROC curve", offsetof(lstmfc_epoch, auc),
         offsetof(lstmfc_epoch, val_auc), CHART_NUMBER}
    };
    size_t n = (size_t)(info->epochs > 0 ? info->epochs : 0), i;
    double *x = (double *)calloc(3 * n + 1, sizeof *x), *train = x + n, *validation = train + n;
    char mark[48];
    chart c;
    if (!x) return;
    for (i = 0; i < n; i++) {
        x[i] = info->history[i].epoch;
        memcpy(&train[i], (const char *)&info->history[i] + charts[which].train, sizeof(double));
        memcpy(&validation[i], (const char *)&info->history[i] + charts[which].validation, sizeof(double));
    }
    c = chart_start(charts[which].title, charts[which].note, "epoch", charts[which].y, CHART_INTEGER, charts[which].kind);
    chart_add(&c, "training", CHART_LINE, 1, x, train, NULL, n);
    chart_add(&c, "validation", CHART_LINE, 2, x, validation, NULL, n);
    if (n < 8) {                                        /* few points: show where they are */
        chart_add(&c, NULL, CHART_DOTS, 1, x, train, NULL, n);
        chart_add(&c, NULL, CHART_DOTS, 2, x, validation, NULL, n);
    }
    if (which > 0) { c.level = 0.5; c.level_name = "coin toss"; }
    snprintf(mark, sizeof mark, tool_lowest_epoch(info) == info->best_epoch ? "best epoch %d" : "kept: epoch %d",
             info->best_epoch);
    if (n > 1) { c.mark = info->best_epoch; c.mark_name = mark; }
    chart_figure(w, &c);
    free(x);
}

static void training(lstmfc_writer *w, const report *r) {
    const lstmfc_forecaster_info *info = &r->evaluation->info;
    int direction = info->target == LSTMFC_TARGET_DIRECTION;
    char a[32], b[32], c[32], text[400];
    int64_t trainable, parameters = lstmfc_model_parameters(info->model, &trainable);
    int i;
    if (info->members) { evaluation_members_html(w, r->evaluation); return; }
    tool_print(w, "<h2>Training</h2>\n<div class=\"charts\">\n");
    training_chart(w, info, 0);
    if (info->target == LSTMFC_TARGET_DIRECTION && info->answers == 1) { training_chart(w, info, 1); training_chart(w, info, 2); }
    tool_print(w, "<figure><figcaption><b>The network and its samples</b></figcaption><dl class=\"facts\">");
    fact(w, "Network", info->model_spec);
    snprintf(text, sizeof text, "%s, %s trainable", tool_count(a, parameters), tool_count(b, trainable));
    fact(w, "Parameters", text);
    snprintf(text, sizeof text, "%d over %d bar%s", lstmfc_features_count(info->features), info->window, info->window == 1 ? "" : "s");
    fact(w, "Inputs", text);
    snprintf(text, sizeof text, "%s to fit, %s for validation, %s for calibration", tool_count(a, info->fit_samples),
             tool_count(b, info->val_samples), tool_count(c, info->cal_samples));
    fact(w, "Samples", text);
    snprintf(text, sizeof text, "%s to %s", tool_time(a, info->from, info->interval), tool_time(b, info->fit_to, info->interval));
    fact(w, "Fitted on", text);
    fact(w, "Seen up to", tool_time(a, info->seen_to, info->interval));
    i = snprintf(text, sizeof text, "%d, weights of epoch %d kept", info->epochs, info->best_epoch);
    if (tool_lowest_epoch(info) != info->best_epoch)
        snprintf(text + i, sizeof text - (size_t)i, "; the lowest %s was in epoch %d",
                 info->val_samples ? "validation loss" : "loss", tool_lowest_epoch(info));
    fact(w, "Epochs", text);
    snprintf(text, sizeof text, "%lld", (long long)info->seed);
    fact(w, "Seed", text);
    if (r->fit && r->fit->seconds > 0) {
        snprintf(text, sizeof text, "%s sequences/s, %.1f s",
                 tool_count(a, (int64_t)((double)r->fit->sequences / r->fit->seconds + 0.5)), r->fit->seconds);
        fact(w, "Measured rate", text);
    }
    tool_print(w, "</dl></figure>\n</div>\n");
    if (r->seed_count > 1) {
        tool_print(w, "<h3>Several seeds</h3>\n<p>The same network trained %d times, from different random weights. Everything "
                      "else in this report is of the one of median skill, marked here.</p>"
                      "<div class=\"scroll\"><table><tr><th>Seed</th><th>Epochs</th><th>Kept</th>%s<th>Skill over persistence</th><th>p</th><th>Net return</th></tr>",
                   r->seed_count, direction ? "<th>Accuracy</th><th>AUC</th>" : "");
        for (i = 0; i < r->seed_count; i++) {
            const report_seed *s = &r->seeds[i];
            tool_print(w, "<tr%s><td>%lld%s</td><td>%d</td><td>%d</td>", s->chosen ? " class=\"us\"" : "", (long long)s->seed,
                       s->chosen ? " (median)" : "", s->epochs, s->best_epoch);
            if (direction) tool_print(w, "<td>%.2f %%</td><td>%s</td>", 100 * s->accuracy, tool_figure(b, "%.4f", s->auc));
            tool_print(w, "<td>%s</td><td>%s</td><td>%s</td></tr>", tool_figure(c, "%+.4f", s->skill), p_html(a, sizeof a, s->p),
                       tool_figure(text, "%+.2f %%", 100 * s->net_return));
        }
        tool_print(w, "</table></div>\n");
        if (direction) tool_print(w, "<p>Accuracy: median %.2f %%, range %.2f to %.2f %%. AUC: median %s, range %s to %s.</p>\n",
                   100 * r->accuracy[1], 100 * r->accuracy[0], 100 * r->accuracy[2], tool_defined(a, "%.4f", r->auc[1]),
                   tool_figure(b, "%.4f", r->auc[0]), tool_figure(c, "%.4f", r->auc[2]));
    } else if (r->seeds) {
        tool_print(w, "<p class=\"sub\">One seed was trained. Another seed gives other figures: --seeds 5 trains five and "
                      "reports the median.</p>\n");
    }
}

/* ---- trading --------------------------------------------------------------------------------------------------- */

static const char *whose(const report *r) { return r->expressions ? "the rules" : r->signals ? "the signals" : "the model"; }

static void equity(lstmfc_writer *w, const report *r, const lstmfc_backtest *b, const double *x) {
    int log;
    chart c = chart_start("Equity", NULL, "close of the bar (UTC)", "money", CHART_TIME, CHART_NUMBER);
    char note[200];
    double *marks;
    snprintf(note, sizeof note, "Value of the account at each close%s. Costs are charged to all three.",
             b->no_costs ? ", NO COSTS" : ", after all costs");
    c.note = b->no_costs ? "Value of the account at each close, NO COSTS." : note;
    chart_add(&c, "buy and hold", CHART_LINE, 2, x, b->hold, NULL, b->bars);
    chart_add(&c, "repeat the last move", CHART_LINE, 0, x, b->persistence, NULL, b->bars);
    chart_add(&c, whose(r), CHART_LINE, 1, x, b->equity, NULL, b->bars);
    marks = diagnose_entries(&c, b, x);
    c.level = b->desc.balance;
    if (!c.count) { free(marks); return; }
    tool_print(w, "<figure><figcaption><b>Equity</b><span>");
    html_text(w, c.note);
    tool_print(w, "</span></figcaption>");
    chart_legend(w, &c);
    tool_print(w, "<div class=\"switch\"><input type=\"radio\" name=\"scale\" id=\"linear\" checked><label "
                  "for=\"linear\">linear</label><input class=\"l\" type=\"radio\" name=\"scale\" id=\"log\">"
                  "<label for=\"log\">logarithmic</label>");
    for (log = 0; log < 2; log++) {
        c.log_y = log;
        tool_print(w, "<div class=\"%s\">", log ? "log" : "linear");
        chart_svg(w, &c);
        tool_print(w, "</div>");
    }
    free(marks);
    tool_print(w, "</div></figure>\n");
}

static void drawdown(lstmfc_writer *w, const report *r, const lstmfc_backtest *b, const double *x) {
    double *own = (double *)calloc(b->bars, sizeof *own), *hold = (double *)calloc(b->bars, sizeof *hold), peak = b->desc.balance,
        hold_peak = b->desc.balance;
    size_t t;
    chart c = chart_start("Drawdown", "Distance of the account from its highest value so far.", "close of the bar (UTC)",
                          "below the peak", CHART_TIME, CHART_PERCENT);
    if (own && hold) {
        for (t = 0; t < b->bars; t++) {
            if (b->equity[t] > peak) peak = b->equity[t];
            if (b->hold[t] > hold_peak) hold_peak = b->hold[t];
            own[t] = b->equity[t] / peak - 1;
            hold[t] = b->hold[t] / hold_peak - 1;
        }
        chart_add(&c, whose(r), CHART_AREA, 1, x, own, NULL, b->bars);
        chart_add(&c, "buy and hold", CHART_LINE, 2, x, hold, NULL, b->bars);
        c.y_high = 0;
        chart_figure(w, &c);
    }
    free(own); free(hold);
}

static void metrics_rows(lstmfc_writer *w, const lstmfc_backtest *b, const char *only) {
    size_t count, i;
    const lstmfc_field *fields = lstmfc_metrics_fields(&count);
    const lstmfc_metrics *all[3];
    int k;
    all[0] = &b->metrics; all[1] = &b->hold_metrics; all[2] = &b->persistence_metrics;
    for (i = 0; i < count; i++) {
        char name[64], text[64], padded[80], list[700];
        snprintf(padded, sizeof padded, " %s ", fields[i].name);
        snprintf(list, sizeof list, " %s ", only ? only : "");
        if (only && !strstr(list, padded)) continue;
        plain_name(name, sizeof name, fields[i].name);
        tool_print(w, "<tr><td>%s</td>", name);
        for (k = 0; k < 3; k++) {
            double value;
            memcpy(&value, (const char *)all[k] + fields[i].offset, sizeof value);
            /* A spread has no sign to show. */
            figure_text(text, sizeof text, value, !strcmp(fields[i].name, "volatility") ||
                        !strcmp(fields[i].name, "ulcer") ? "share" : fields[i].preset);
            if (!strcmp(fields[i].name, "drawdown_open")) snprintf(text, sizeof text, value > 0 ? "yes" : "no");
            tool_print(w, "<td>%s</td>", text);
        }
        tool_print(w, "<td class=\"text\"><small>");
        html_text(w, fields[i].help);
        tool_print(w, "</small></td></tr>");
    }
}

static void trading(lstmfc_writer *w, const report *r, const lstmfc_backtest *b) {
    double *x = (double *)calloc(b->bars, sizeof *x);
    size_t t;
    const char *head = "<div class=\"scroll wide\"><table><tr><th>Figure</th><th>%s</th><th>Buy and hold</th><th>Repeat the last "
                       "move</th><th class=\"text\">Meaning</th></tr>";
    char a[32], c[32], money[64], rules[EVALUATION_RULES];
    if (!x) return;
    for (t = 0; t < b->bars; t++) x[t] = (double)(b->time[t] + r->interval);
    tool_print(w, "<h2>What would it have earned%s?</h2>\n", b->no_costs ? " — NO COSTS" : "");
    figure_text(money, sizeof money, b->desc.balance, "money");
    tool_print(w, "<p>%s to %s, starting with %s. ", tool_time(a, b->time[0], r->interval),
               tool_time(c, b->time[b->bars - 1] + r->interval, r->interval), money);
    if (b->no_costs) tool_print(w, "<b>No fee and no slippage were charged: no market is like that.</b> ");
    else tool_print(w, "Every fill pays a fee of %.4g&nbsp;%% and loses %.4g&nbsp;%% to slippage. ",
                    100 * (b->desc.fee > 0 ? b->desc.fee : 0), 100 * (b->desc.slippage > 0 ? b->desc.slippage : 0));
    if (b->cheat) tool_print(w, "<b>Filled at the close the decision had seen (fill = same_close): not possible in a market.</b>");
    else tool_print(w, "A decision at the close of a bar is filled at the open of the next.");
    evaluation_rules(rules, b);
    if (rules[0]) tool_print(w, " Rules: %s.", rules + 2);
    tool_print(w, " Annual figures by %s.", evaluation_annual(rules, b));
    if (b->ruined) tool_print(w, " <b>The account was ruined; no order was taken after that.</b>");
    tool_print(w, "</p>\n");
    if (r->expressions) {                               /* what the terminal says of them, as it says it */
        lstmfc_writer said;
        lstmfc_writer_init(&said, NULL);
        if (r->grid) grid_describe(&said, r->grid);
        if (r->walk) walk_describe(&said, r->walk);
        expressions_describe(&said, r->expressions);
        tool_print(w, "<pre>");
        html_text(w, said.text ? said.text : "");
        tool_print(w, "</pre>\n");
        lstmfc_writer_free(&said);
    }
    tool_print(w, "<div class=\"charts\">\n");
    equity(w, r, b, x);
    drawdown(w, r, b, x);
    diagnose_months(w, b, r->interval, whose(r));
    tool_print(w, "</div>\n");
    tool_print(w, head, r->expressions ? "Rules" : r->signals ? "Signals" : "Model");
    metrics_rows(w, b, "total_return gross_return cagr volatility sharpe sharpe_se sharpe_probability track_record max_drawdown trades win_rate profit_factor "
                       "exposure turnover_annual fees slippage break_even mean_low mean_high");
    tool_print(w, "</table></div>\n<details><summary>All figures</summary>");
    tool_print(w, head, r->expressions ? "Rules" : r->signals ? "Signals" : "Model");
    metrics_rows(w, b, NULL);
    tool_print(w, "</table></div></details>\n");
    if (r->portfolio) portfolio_html(w, r->portfolio, b);
    diagnose_trading_tables(w, b, r->interval, r->portfolio ? r->portfolio->names : NULL);
    free(x);
}

/* ---- the page -------------------------------------------------------------------------------------------------- */

/* What the page leads with is the hardest baseline: whoever beats it beats the others, and a headline that beats only an easy one
   would be denied by the next table. */
static const evaluation_baseline *rival(const evaluation *e) {
    return e->baseline_count && e->baselines[e->best].available ? &e->baselines[e->best] : NULL;
}

/* The same words wherever the verdict over the best baseline stands. */
static const char *over_the_best(const evaluation *e) {
    if (e->in_sample) return "in sample, no evidence";
    return e->verdict[2] == VERDICT_UNKNOWN ? "not every baseline could be formed"
         : e->verdict[2] == VERDICT_YES ? "better by more than luck explains" : "not better by more than luck explains";
}

static void lead_direction(lstmfc_writer *w, const evaluation *e) {
    const lstmfc_direction *d = &e->direction;
    char n[32], span[32];
    tool_print(w, "<p class=\"lead\">On %s bars of %s it had %s, the model called the direction right in <b>%.2f&nbsp;%%</b> of cases; "
                  "calling the more frequent side every time is right in %.2f&nbsp;%%. ", tool_count(n, (int64_t)e->n),
               tool_span(span, e->interval), e->in_sample ? "been trained on" : "never seen", 100 * d->accuracy, 100 * d->p0);
    if (e->in_sample) tool_print(w, "In sample, this is no evidence of anything.</p>\n");
    else tool_print(w, "Against that, it is %s (%s).</p>\n",
                    evaluation_beats_luck(e) ? "more than luck explains" : "within what luck explains",
                    e->info.horizon > 1 ? "block bootstrap, 95&nbsp;%" : "binomial test, 5&nbsp;%");
}

static void lead_number(lstmfc_writer *w, const evaluation *e) {
    const evaluation_baseline *best = rival(e);
    char n[32], span[32], skill[32];
    tool_print(w, "<p class=\"lead\">On %s bars of %s it had %s, the model’s %s was <b>%.5g</b>", tool_count(n, (int64_t)e->n),
               tool_span(span, e->interval), e->in_sample ? "been trained on" : "never seen", e->loss_name,
               e->baselines[0].comparison.loss_model);
    if (best) tool_print(w, "; the best forecast without a network, %s, had <b>%.5g</b> (skill %s: %s)", best->name,
                         best->comparison.loss_baseline, tool_figure(skill, "%+.4f", best->comparison.skill), over_the_best(e));
    if (best && best != &e->baselines[0] && e->baselines[0].available)
        tool_print(w, "; persistence had <span>%.5g</span>", e->baselines[0].comparison.loss_baseline);
    tool_print(w, ".</p>\n");
}

/* The null of the accuracy is the one of the sentence above it: calling the more frequent side. */
static void tiles_direction(lstmfc_writer *w, const evaluation *e) {
    const lstmfc_direction *d = &e->direction;
    char value[64], text[240], error[32];
    snprintf(value, sizeof value, "%.2f %%", 100 * d->accuracy);
    if (e->info.horizon > 1)
        snprintf(text, sizeof text, "right calls, 95 %% interval %.1f to %.1f; calling the more frequent side: %.2f %%",
                 100 * e->accuracy_error.low, 100 * e->accuracy_error.high, 100 * d->p0);
    else
        snprintf(text, sizeof text, "right calls; calling the more frequent side: %.2f %%, by luck ± %.1f", 100 * d->p0,
                 195.9964 * lstmfc_sqrt(d->p0 * (1 - d->p0) / (double)e->n));
    tile(w, value, text);
    if (e->vote) return;
    tool_figure(value, "%.3f", d->auc);
    snprintf(text, sizeof text, "AUC, 95 %% interval ± %s; 0.5 knows nothing",
             tool_figure(error, "%.3f", 1.96 * (e->info.horizon > 1 ? e->auc_error.se : d->auc_se)));
    tile(w, value, text);
}

static void summary(lstmfc_writer *w, const report *r, const lstmfc_backtest *b) {
    const evaluation *e = r->evaluation;
    const evaluation_baseline *best = e ? rival(e) : NULL;
    char value[64], text[240], n[32];
    if (e && e->info.target == LSTMFC_TARGET_DIRECTION) lead_direction(w, e);
    else if (e) lead_number(w, e);
    tool_print(w, "<div class=\"tiles\">");
    if (e && e->info.target == LSTMFC_TARGET_DIRECTION) tiles_direction(w, e);
    if (e && e->info.target == LSTMFC_TARGET_VOLATILITY && best) {
        snprintf(value, sizeof value, "%.4g", best->comparison.loss_model);
        snprintf(text, sizeof text, "QLIKE, smaller is better; %s: %.4g", best->name, best->comparison.loss_baseline);
        tile(w, value, text);
    }
    if (best && !e->vote) {
        tool_figure(value, "%+.4f", best->comparison.skill);
        snprintf(text, sizeof text, "skill over %s, the best baseline: %s", best->name, over_the_best(e));
        tile(w, value, text);
    }
    if (b) {
        snprintf(value, sizeof value, "%+.1f %%", 100 * b->metrics.total_return);
        snprintf(text, sizeof text, "net return%s; gross %+.1f %%, buy and hold %+.1f %%", b->no_costs ? ", NO COSTS" : "",
                 100 * b->metrics.gross_return, 100 * b->hold_metrics.total_return);
        tile(w, value, text);
        tool_figure(value, "%.2f", b->metrics.sharpe);
        snprintf(text, sizeof text, "Sharpe ratio, 95 %% interval ± %s; worst drawdown %.1f %%", tool_figure(n, "%.2f", 1.96 * b->metrics.sharpe_se),
                 100 * b->metrics.max_drawdown);
        tile(w, value, text);
    }
    tool_print(w, "</div>\n");
}

/* Whose candles these are, and the alarm: before any figure. */
static void first(lstmfc_writer *w, const evaluation *e) {
    char text[1000];
    evaluation_origin(e, text, sizeof text);
    tool_print(w, "<p class=\"%s\">", evaluation_strange(e) ? "alarm" : "sub");
    html_text(w, text);
    tool_print(w, "</p>\n");
    evaluation_alarm_text(e, text, sizeof text);
    if (!*text) return;
    tool_print(w, "<p class=\"alarm\">");
    html_text(w, text);
    tool_print(w, "</p>\n");
}

static void data(lstmfc_writer *w, const report *r) {
    lstmfc_writer lines;
    char text[64];
    tool_print(w, "<h2>Data and method</h2>\n<dl class=\"facts\">");
    fact(w, "Candles", r->file);
    if (r->evaluation) {
        fact(w, "Symbol", r->evaluation->info.symbol);
        fact(w, "Features", r->evaluation->info.feature_spec);
    }
    fact(w, "Model", r->model);
    fact(w, "Signals", r->signals);
    fact(w, "Command", r->command);
    fact(w, "Program", tool_build());
    if (r->created) fact(w, "Made", tool_time(text, r->created, 0));
    tool_print(w, "</dl>\n");
    if (r->portfolio) portfolio_files_html(w, r->portfolio);
    if (r->csv) {
        lstmfc_writer_init(&lines, NULL);
        tool_input_describe(&lines, r->csv, "");
        lstmfc_write_text(&lines, "", 1);
        if (lines.failed == LSTMFC_OK) {
            tool_print(w, "<h3>How the file was read</h3>\n<pre>");
            html_text(w, lines.text);
            tool_print(w, "</pre>\n");
        }
        lstmfc_writer_free(&lines);
    }
}

static void verdict(lstmfc_writer *w, const evaluation *e) {
    int i;
    char reason[300];
    tool_print(w, "<h2 id=\"verdict\">Verdict%s%s</h2>\n<div class=\"scroll stack\"><table>", e->in_sample ? " (IN SAMPLE: no evidence)"
               : "", e->synthetic ? " (SYNTHETIC candles)" : "");
    for (i = 0; i < 4; i++) {
        evaluation_verdict_reason(e, i, reason, sizeof reason);
        tool_print(w, "<tr><td>%c%s</td><td class=\"%s\">%s</td><td class=\"text\"><small>",
                   verdict_name(i)[0] - 'a' + 'A', verdict_name(i) + 1, verdict_class(e->verdict[i]),
                   verdict_word(e->verdict[i]));
        html_text(w, reason);
        tool_print(w, "</small></td></tr>");
    }
    tool_print(w, "</table></div>\n<p class=\"sub\">Yes means: better by more than luck explains (5 %%). Four times no is a "
                  "correct result.</p>\n");
    tool_print(w, "<p>Nothing here promises a profit. Past figures are those of the past.</p>\n");
}

void report_write(lstmfc_writer *w, const report *r) {
    const evaluation *e = r->evaluation;
    const lstmfc_backtest *b = r->backtest ? r->backtest : e ? e->backtest : NULL;
    char a[32], c[32];
    size_t i;
    tool_print(w, "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
                  "content=\"width=device-width,initial-scale=1\"><meta name=\"color-scheme\" content=\"light dark\">\n<title>");
    html_text(w, r->title);
    tool_print(w, "%s%s</title>\n<style>\n", b && b->no_costs ? " — NO COSTS" : "", r->synthetic ? " — SYNTHETIC" : "");
    for (i = 0; i < sizeof style / sizeof style[0]; i++) lstmfc_write_text(w, style[i], strlen(style[i]));
    tool_print(w, "</style></head><body><main>\n<h1>");
    html_text(w, r->title);
    tool_print(w, "%s</h1>\n", b && b->no_costs ? " — NO COSTS" : "");
    if (r->synthetic) tool_print(w, "<span class=\"badge\">SYNTHETIC: candles made by a generator, no market</span>");
    if (r->in_sample || (e && e->in_sample)) tool_print(w, "<span class=\"badge\">IN SAMPLE: bars the model was trained on, no evidence</span>");
    if (b && b->no_costs) tool_print(w, "<span class=\"badge\">NO COSTS</span>");
    if (b && b->cheat) tool_print(w, "<span class=\"badge\">CHEAT: filled at the close the decision had seen</span>");
    tool_print(w, "<p class=\"sub\">");
    if (e && e->info.symbol && *e->info.symbol) { html_text(w, e->info.symbol); tool_print(w, " · "); }
    html_text(w, r->file);
    if (e) tool_print(w, " · measured %s to %s", tool_time(a, e->from, e->interval), tool_time(c, e->to, e->interval));
    tool_print(w, "</p>\n");
    if (e) first(w, e);
    if (r->ledger) ledger_html(w, r->ledger);
    summary(w, r, b);
    if (e) quality(w, e);
    if (e && r->days) days_html(w, r->days, e);
    if (e && r->sentiment) sentiment_html(w, r->sentiment, e);
    if (e && r->protocol) protocol_html(w, r->protocol);
    if (e) horizons_html(w, e);
    if (r->rules) rules_html(w, r->rules);
    if (b) trading(w, r, b);
    if (e) training(w, r);
    if (e && r->companions) companions_html(w, e, r->companions);
    data(w, r);
    if (e) verdict(w, e);
    tool_print(w, "</main></body></html>\n");
}
