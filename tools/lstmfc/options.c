/* options.c - flags, configuration files and --help, all from the same tables. */
#include "tool.h"
#include "progress.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- names ----------------------------------------------------------------------------------------------------- */

/* Flags are written with '-', fields and configuration keys with '_'; either is accepted in a name given to us. */
static int same_name(const char *a, const char *b, size_t b_length) {
    size_t i;
    for (i = 0; i < b_length && a[i]; i++)
        if ((a[i] == '-' ? '_' : a[i]) != (b[i] == '-' ? '_' : b[i])) return 0;
    return i == b_length && !a[i];
}

void options_flag_text(char out[64], const char *name) {
    size_t i;
    for (i = 0; name[i] && i < 63; i++) out[i] = name[i] == '_' ? '-' : name[i];
    out[i] = 0;
}

/* ---- declaring ------------------------------------------------------------------------------------------------- */

/* Is `name` one of the blank-separated words? */
static int listed(const char *words, const char *name) {
    while (*words) {
        size_t length = strcspn(words, " ");
        if (length && same_name(name, words, length)) return 1;
        words += length + strspn(words + length, " ");
    }
    return 0;
}

/* --ticker is what others call --symbol. */
static options_flag *find_flag(const options *o, const char *name, size_t length) {
    int i;
    if (same_name("ticker", name, length)) { name = "symbol"; length = 6; }
    for (i = 0; i < o->flag_count; i++)
        if (same_name(o->flags[i].field->name, name, length)) return (options_flag *)(uintptr_t)&o->flags[i];
    return NULL;
}

void options_add(options *o, const char *heading, void *desc, const lstmfc_field *fields, size_t count, const char *only) {
    size_t i;
    int used = 0;
    for (i = 0; i < count && o->flag_count < OPTIONS_FLAGS; i++) {
        options_flag *flag = &o->flags[o->flag_count];
        if (only && listed(only + (*only == '!'), fields[i].name) == (*only == '!')) continue;
        flag->field = &fields[i];
        flag->desc = desc;
        flag->group = o->group_count;
        o->flag_count++;
        used = 1;
    }
    if (used && o->group_count < OPTIONS_GROUPS) o->groups[o->group_count++] = heading;
}

static const lstmfc_field output_fields[] = {
#define OPTIONS_STRUCT options
    OPTIONS_FIELD(INT,    json,     "0",    "0..1",     "print one JSON object on stdout")
    OPTIONS_FIELD(CHOICE, progress, "auto", PROGRESSES, "how progress is shown on stderr; auto: a bar on a terminal, lines elsewhere")
#undef OPTIONS_STRUCT
};

void options_init(options *o, const options_command *command) {
    memset(o, 0, sizeof *o);
    o->command = command;
    options_add(o, "Output", o, output_fields, 1, NULL);
}

void options_progress(options *o) { options_add(o, "Progress", o, output_fields + 1, 1, NULL); }

void options_preset(options *o, const char *name, const char *text) {
    options_flag *flag = find_flag(o, name, strlen(name));
    if (flag) flag->preset = text;
}

void options_shown(options *o, const char *name, const char *text) {
    options_flag *flag = find_flag(o, name, strlen(name));
    if (flag) flag->shown = text;
}

/* ---- setting --------------------------------------------------------------------------------------------------- */

static int usage_error(const options *o, const char *format, ...) {
    char message[600];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    tool_fail(o, TOOL_USAGE, "%s", message);
    fprintf(stderr, "       lstmfc %s --help lists the flags\n", o->command->name);
    return TOOL_USAGE;
}

static int is_switch(const lstmfc_field *field) { return field->kind == LSTMFC_INT && !strcmp(field->range, "0..1"); }

/* A text that an option does not take and another one does: a user need know one flag. */
static const struct { const char *name, *signs, *other, *itself; } spelled[] = {
    {"horizon", ",.", "horizons", ""}, {"target", ",(", "expression", "expression"}
};

/* The flag that a text is for; *itself: what the one that it was written for is then, "" = what it was. */
static options_flag *flag_for(const options *o, options_flag *flag, const char *text, const char **itself) {
    size_t row;
    for (row = 0; row < sizeof spelled / sizeof spelled[0]; row++)
        if (!strcmp(flag->field->name, spelled[row].name) && strpbrk(text, spelled[row].signs)) {
            *itself = spelled[row].itself;
            return find_flag(o, spelled[row].other, strlen(spelled[row].other));
        }
    return flag;
}

options_flag *options_meant(const options *o, const lstmfc_field *field, const char *text, const char **itself) {
    int i;
    *itself = "";
    for (i = 0; i < o->flag_count; i++)
        if (o->flags[i].field == field) return flag_for(o, (options_flag *)(uintptr_t)&o->flags[i], text, itself);
    return NULL;
}

/* One option from text. `shown` names it in messages: "--clip-norm" or the file and key. */
static int set_option(options *o, options_flag *flag, const char *shown, const char *text, int source) {
    lstmfc_error err = {0};
    int64_t time;
    char digits[32];
    const char *itself = "";
    options_flag *meant = flag_for(o, flag, text, &itself);
    if (meant && meant != flag) {
        if (meant->given) return usage_error(o, "%s %s: --%s is given, too", shown, text, meant->field->name);
        if (*itself) lstmfc_field_set(flag->desc, flag->field, itself, NULL);
        flag->given = source;
        flag = meant;
    }
    if (flag->field->kind == LSTMFC_LONG && strchr(text, '-') && lstmfc_parse_time(text, strlen(text), &time) == strlen(text)) {
        lstmfc_format_int(digits, time);                /* --now 2025-01-01T00:00:00Z */
        text = digits;
    }
    if (same_name("threshold", flag->field->name, strlen(flag->field->name)) && find_flag(o, "rules", 5)
        && ((*text | 32) >= 'a' && (*text | 32) <= 'z')) {
        o->threshold = text;                            /* quantile:0.9: the rules know what it means */
        flag->given = source;
        return -1;
    }
    if (lstmfc_field_set(flag->desc, flag->field, text, &err) != LSTMFC_OK) {
        const char *message = err.message;              /* "name: ..." where we say "--name: ..." */
        size_t length = strlen(flag->field->name);
        if (!strncmp(message, flag->field->name, length) && !strncmp(message + length, ": ", 2)) message += length + 2;
        return usage_error(o, "%s: %s", shown, message);
    }
    flag->given = source;
    return -1;
}

/* ---- configuration file ---------------------------------------------------------------------------------------- */

/* Room for `length` characters and the NUL, all 0, given back with the options */
static char *keep_room(options *o, size_t length) {
    char *room = o->text_count < OPTIONS_TEXTS ? (char *)calloc(length + 1, 1) : NULL;
    if (room) o->texts[o->text_count++] = room;
    return room;
}

static int unknown_name(const options *o, const char *before, const char *name, const char *where) {
    const char *names[OPTIONS_FLAGS + 2], *near;
    char flags[OPTIONS_FLAGS][64], plain[64];
    int i;
    for (i = 0; i < o->flag_count; i++) {
        options_flag_text(flags[i], o->flags[i].field->name);
        names[i] = flags[i];
    }
    names[i] = "config"; names[i + 1] = "help";         /* flags, but no keys of the file */
    options_flag_text(plain, name);
    near = options_nearest(plain, names, (size_t)o->flag_count + (*before ? 2 : 0));
    if (near)
        return usage_error(o, "%s%s%s is not an option of `%s`; did you mean %s%s?", where, before, plain, o->command->name,
                           before, near);
    return usage_error(o, "%s%s%s is not an option of `%s`", where, before, plain, o->command->name);
}

/* What a value of the configuration must be, for the message */
static void expectation(char *out, size_t size, const lstmfc_field *field) {
    const char *none = !strncmp(field->range, "none|", 5) ? " or \"none\"" : "";
    if (field->kind == LSTMFC_TEXT) snprintf(out, size, "a text in quotes");
    else if (is_switch(field)) snprintf(out, size, "true or false");
    else if (field->kind == LSTMFC_CHOICE) snprintf(out, size, "one of %s, in quotes", field->range);
    else snprintf(out, size, "a %snumber%s", field->kind == LSTMFC_REAL ? "" : "whole ", none);
}

/* [1, 4] of an option that takes several numbers: "1,4" into `out`, which has room for the list as it is written. 0: another option,
   an empty list, or one with something else in it. */
static int list_text(const options_flag *flag, const lstmfc_json *json, lstmfc_json_node node, const char *text, char *out) {
    lstmfc_json_node each;
    if (!listed("horizon horizons quantiles", flag->field->name) || lstmfc_json_first(json, node) < 0) return 0;
    for (each = lstmfc_json_first(json, node); each >= 0; each = lstmfc_json_next(json, each)) {
        size_t offset, size;
        if (lstmfc_json_type(json, each) != LSTMFC_JSON_NUMBER) return 0;
        lstmfc_json_span(json, each, &offset, &size);
        if (each != lstmfc_json_first(json, node)) *out++ = ',';
        memcpy(out, text + offset, size);
        out += size;
    }
    *out = 0;
    return 1;
}

/* The text that a flag would have, kept as long as the options live. A text may stand for any kind, as on the command
   line; a number not for a text and true not for a number: each would train something else than was meant. NULL: *result
   has the exit code. */
static const char *config_text(options *o, const options_flag *flag, const lstmfc_json *json, lstmfc_json_node node,
                               const char *text, const char *shown, int *result) {
    static const char *const kinds[] = {
        [LSTMFC_JSON_NULL] = "null", [LSTMFC_JSON_FALSE] = "false", [LSTMFC_JSON_TRUE] = "true", [LSTMFC_JSON_NUMBER] = "a number",
        [LSTMFC_JSON_STRING] = "a text", [LSTMFC_JSON_ARRAY] = "a list", [LSTMFC_JSON_OBJECT] = "an object"
    };
    int32_t type = lstmfc_json_type(json, node);
    char expected[300], *kept = NULL;
    size_t offset, size, length;
    lstmfc_json_span(json, node, &offset, &size);
    if (type == LSTMFC_JSON_STRING) {
        kept = keep_room(o, size);                      /* with its quotes it is longer than what it says */
        if (kept && lstmfc_json_string(json, node, kept, size + 1, &length) && strlen(kept) != length) {
            *result = usage_error(o, "%s holds the character U+0000, which ends a text", shown);
            return NULL;
        }
    } else if (type == LSTMFC_JSON_NUMBER && flag->field->kind != LSTMFC_TEXT) {
        kept = keep_room(o, size);
        if (kept) memcpy(kept, text + offset, size);
    } else if ((type == LSTMFC_JSON_TRUE || type == LSTMFC_JSON_FALSE) && is_switch(flag->field)) {
        kept = keep_room(o, 1);
        if (kept) *kept = type == LSTMFC_JSON_TRUE ? '1' : '0';
    } else if (type == LSTMFC_JSON_ARRAY && (kept = keep_room(o, size)) != NULL && list_text(flag, json, node, text, kept)) {
        return kept;
    } else {
        expectation(expected, sizeof expected, flag->field);
        *result = usage_error(o, "%s is %s; expected %s%s", shown, kinds[type], expected,
                              type == LSTMFC_JSON_NULL ? ", or leave it out for its default" : "");
        return NULL;
    }
    if (!kept) *result = tool_fail(o, TOOL_FAILURE, "%s: out of memory", shown);
    return kept;
}

/* Every key of the object is an option; those given as flags keep the flag's value. */
static int read_config(options *o, const char *path) {
    lstmfc_error err = {0};
    size_t length = 0;
    char *text = tool_read(path, &length, NULL, &err);
    lstmfc_json *json = text ? lstmfc_json_parse(text, length, NULL, &err) : NULL;
    lstmfc_json_node key;
    int result = -1;
    if (!json) {
        result = tool_fail(o, TOOL_USAGE, "--config %s: %s", path, err.message);
    } else if (lstmfc_json_type(json, 0) != LSTMFC_JSON_OBJECT) {
        result = tool_fail(o, TOOL_USAGE, "--config: %s: expected one JSON object", path);
    }
    for (key = result == -1 ? lstmfc_json_first(json, 0) : -1; key >= 0 && result == -1; key = lstmfc_json_next(json, key)) {
        char name[64] = "", where[480], shown[560];
        const char *kept;
        options_flag *flag;
        if (!lstmfc_json_string(json, key, name, sizeof name, NULL)) {
            result = usage_error(o, "--config: %s: a key is too long, or holds U+0000", path);
            break;
        }
        snprintf(where, sizeof where, "--config %s: ", path);
        snprintf(shown, sizeof shown, "%s%s", where, name);
        if (same_name("help", name, strlen(name)) || same_name("config", name, strlen(name))) {
            result = usage_error(o, "%s: --%s belongs on the command line, not in the file", shown, name);
            break;
        }
        flag = find_flag(o, name, strlen(name));
        if (!flag) { result = unknown_name(o, "", name, where); break; }
        if (flag->given == 2) { result = usage_error(o, "%s is given twice", shown); break; }
        if (flag->given) continue;
        kept = config_text(o, flag, json, lstmfc_json_value(json, key), text, shown, &result);
        if (kept) result = set_option(o, flag, shown, kept, 2);
    }
    lstmfc_json_free(json);
    lstmfc_file_release(text, length, NULL);
    return result;
}

/* ---- help ------------------------------------------------------------------------------------------------------ */

static void print_wrapped(const char *text, int indent, int width) {
    int column = indent;
    while (*text) {
        int length = (int)strcspn(text, " \n");
        if (column > indent && column + length + 1 > width) { printf("\n%*s", indent, ""); column = indent; }
        if (column > indent) { putchar(' '); column++; }
        printf("%.*s", length, text);
        column += length;
        text += length;
        if (*text == '\n') { printf("\n%*s", indent, ""); column = indent; text++; }
        while (*text == ' ') text++;
    }
    putchar('\n');
}

/* `words`: what else than a number it takes, "" = nothing */
static void print_flag(const options_flag *flag, const char *words) {
    static const char *const kinds[] = {"", "N", "N", "X", "TEXT", "CHOICE"};
    const lstmfc_field *field = flag->field;
    const char *preset = flag->shown ? flag->shown : flag->preset ? flag->preset : field->preset;
    const char *most = strstr(field->range, "..9223372036854775807");
    char name[64], left[96], right[900], range[300];
    if (field->kind == LSTMFC_TEXT || (most && *field->range == '0')) *range = 0;       /* any is no news */
    else if (most) snprintf(range, sizeof range, "%.*s or more", (int)(most - field->range), field->range);
    else snprintf(range, sizeof range, "%s", field->range);
    options_flag_text(name, field->name);
    snprintf(left, sizeof left, "--%s%s%s", name, is_switch(field) ? "" : " ", is_switch(field) ? "" : kinds[field->kind]);
    if (is_switch(field)) snprintf(right, sizeof right, "%s", field->help);
    else snprintf(right, sizeof right, "%s%s%s%s%s%s%s", field->help, words, *range ? "; " : "", range, *preset ? " [" : "", preset,
                  *preset ? "]" : "");
    printf("  %-22s", left);
    if (strlen(left) > 22) printf("\n%24s", "");
    putchar(' ');
    print_wrapped(right, 25, 110);
}

/* The kinds of layers, where there is an option that takes them. */
static void print_layers(const options *o) {
    char line[400];
    int32_t i;
    if (!find_flag(o, "model", 5) || strncmp(find_flag(o, "model", 5)->field->help, "layer text", 10)) return;
    printf("\nLayers, separated by |: a name, units or a rate, words, keys with a number\n");
    for (i = 0; lstmfc_layer_help(i, line, sizeof line); i++) {
        fputs("  ", stdout);
        print_wrapped(line, 6, 110);
    }
}

static void print_help(const options *o) {
    int group, i;
    printf("lstmfc %s - %s\n\nUsage: lstmfc %s %s\n", o->command->name, o->command->purpose, o->command->name, o->command->usage);
    if (o->command->details) printf("\n%s\n", o->command->details);
    for (group = 0; group < o->group_count; group++) {
        printf("\n%s\n", o->groups[group]);
        for (i = 0; i < o->flag_count; i++)
            if (o->flags[i].group == group)
                print_flag(&o->flags[i], !strcmp(o->flags[i].field->name, "symbol") ? " (also --ticker)" : find_flag(o, "rules", 5) && !strcmp(o->flags[i].field->name, "threshold")
                           ? ", or quantile:Q of |forecast| on validation; with --rules e also atr (its default), literal" : "");
    }
    print_layers(o);
    printf("\nAlways\n  %-22s JSON object with the same names as the flags (- or _); flags win\n  %-22s this text\n",
           "--config FILE", "--help");
    printf("\nA range \"none|...\" means that none switches the option off, and so does 0; \">0..\" is above 0, \"..<1\"\n"
           "below 1. [in brackets: the default]\n");
    printf("\nExample\n%s\n", o->command->example);
}

/* ---- what counts when ------------------------------------------------------------------------------------------ */

/* An option (or, by its heading, every option of a group) counts only while one of the options in `when` has one of `values`;
   "!x": any value but x; "*": any but its default; "": not given. An option may have several rows, and all must hold. The library's descs know no such rule: a program
   fills in what it likes, a command line means what it says. */
static const struct { const char *name, *when, *values, *meant; } conditions[] = {
    {"band",       "model",  "!", "it makes positions of the forecasts of a --model; --signals are taken as they are"},
    {"threshold",  "model",  "!", "it makes positions of the forecasts of a --model; --signals are taken as they are"},
    {"decisions",  "model",  "!", "they are those on the forecasts of a --model"},
    {"rules clauses", "model",  "!", "it makes positions of the forecasts of a --model; --signals are taken as they are"},
    {"clauses",    "rules",  "!plain", "they are those of system E's rules"},
    {"rules clauses", "target", "direction price return price_level", "a forecast of volatility or of an expression names no side to trade"},
    {"Reading the file", "roll_back", "0", "--roll-back reads no candles"},
    {"max_age_hours", "from", "", "a young model is not trained, so --from would do nothing"},
    {"max_age_hours", "resume", "", "a young model is not trained, so --resume would do nothing"},
    {"from half_life symbol max_age_hours", "pooled", "0", "it is about one series, and --pooled trains on several"},
    {"keep max_age_hours csv resample only resume from pooled Forecaster Training Optimiser", "roll_back", "0", "--roll-back trains nothing"},
    {"retrain_epochs", "max_age_hours", "!0", "it is about a training that --max-age-hours asks for"},
    {"retrain",    "max_age_hours", "!0", "it is about a training that --max-age-hours asks for"},
    {"retrain strict clock state", "follow", "1", "it belongs to --follow"},
    {"now drop_last", "clock", "!bars", "with --clock bars it is the time of the bars, each of which is closed when it comes"},
    {"resample",   "csv",    "!", "it is about the candles of --csv"},
    {"keep_thin",  "resample", "!", "it is about the bars of --resample"},
    {"in_sample",  "model",  "!", "it is about the bars that a --model was trained on"},
    {"symbol",     "model",  "!", "it is compared with the symbol of a --model"},
    {"resize",     "signals", "!", "it is about the sizes in a file of --signals; a model's positions have one"},
    {"band",       "target", "direction", "it is for forecasts of direction; --threshold is for those of price and return"},
    {"threshold",  "target", "price return price_level",
     "it is for forecasts of price and return; --band is for those of direction"},
    {"Backtest",   "target", "direction price return price_level",
     "a forecast of volatility or of an expression names no side to trade"},
    {"reenter",    "stop take trail stop_atr take_atr trail_atr max_bars leverage maintenance", "*",
     "it says what follows a --stop, --take, --trail (or the same in --..-atr), --max-bars or a liquidation"},
    {"maker_fee",  "take take_atr", "*", "a --take or --take-atr alone rests in the book"},
    {"atr_bars",   "slippage_atr stop_atr take_atr trail_atr", "*", "it is about the average true range of --slippage-atr, --stop-atr, --take-atr and --trail-atr"},
    {"stop",       "stop_atr", "none", "one of --stop and --stop-atr says where"},
    {"take",       "take_atr", "none", "one of --take and --take-atr says where"},
    {"trail",      "trail_atr", "none", "one of --trail and --trail-atr says where"},
    {"size",       "sizing", "fraction kelly", "it is the share of --sizing fraction, and of kelly until enough trades are closed"},
    {"amount",     "sizing", "cash quantity", "it is for --sizing cash and quantity"},
    {"target_volatility", "sizing", "volatility", "it is for --sizing volatility"},
    {"sizing_bars", "sizing weights", "volatility", "it is for --sizing volatility, and for --weights volatility of several symbols"},
    {"kelly kelly_trades", "sizing", "kelly", "it is for --sizing kelly"},
    {"funding_hours", "funding", "*", "it is how often --funding is charged; a column of rates says it by itself"},
    {"funding",    "funding_column", "", "one of --funding and --funding-column says what is charged"},
    {"path",       "take take_atr", "*", "it decides between a --take and what ends a trade with a loss"},
    {"use_horizon", "model", "!", "it is about the horizons of a --model"},
    {"target expression volatility_bars horizon horizons window features model scaler profile start_dependent gaps level cut intervals norm winsor "
     "init",
     "from", "",                     "it is taken over from the model of --from, which goes on as it is"},
    {"freeze",     "from",   "!", "it keeps what a model of --from has learnt"},
    {"moments",    "from",   "!", "a new network has none of its own"},
    {"moments",    "resume", "",  "a resumed training has its own"},
    {"repeats",    "importance", "1",  "it is for --importance"},
    {"report forecasts ledger importance correlations in_sample use_horizon symbol rules clauses decisions", "command folds", "backtest 0",
     "--folds tells of its folds alone"},
    {"ledger",     "in_sample", "0", "bars of the training are no test span: a look at them is not kept"},
    {"folds train_bars purge embargo choose walk_out", "walk_forward", "!none", "it is for --walk-forward"},
    {"walk_forward train_bars embargo", "folds", "!0", "it is about the --folds"},
    {"embargo",    "command neutral", "evaluate exit", "with --neutral hold a position stays, so nothing could be kept out of the embargo"},
    {"grid_out",   "walk_forward", "none", "--walk-forward trades no combination on all bars; --walk-out tells of its choices"},
    {"correlations", "json",   "1",      "it is printed with --json, and drawn in every --report"},
    {"cut",        "target", "direction", "it is for --target direction"},
    {"level",      "target", "!direction", "a direction forecast is a probability and has no interval"},
    {"intervals",  "target", "!direction", "a direction forecast is a probability and has no interval"},
    {"quantiles",  "loss",   "pinball", "they are what --loss pinball learns"},
    {"level",      "loss",   "auto mse mae huber gaussian", "the outermost --quantiles say what --loss pinball promises"},
    {"level",      "val",    "!none", "intervals are calibrated on a part of --val"},
    {"intervals",  "val",    "!none", "intervals are calibrated on a part of --val"},
    {"volatility_factor", "target", "volatility", "it is for --target volatility"},
    {"volatility_bars", "target", "rolling_volatility", "it is for --target rolling_volatility"},
    {"norm",       "target", "price_level rolling_volatility expression", "it learns the changes of a value that is forecast as it is"},
    {"expression", "target", "expression", "it is for --target expression"},
    {"huber_delta", "loss",  "huber", "it is for --loss huber"},
    {"patience",   "val",    "!none", "only a validation part tells when to stop: it needs --val"},
    {"min_delta",  "patience", "!none", "it is for --patience"},
    {"plateau_factor", "plateau", "!none", "it is for --plateau"},
    {"schedule_every schedule_factor", "schedule", "step exponential", "it is for --schedule step and exponential"},
    {"schedule_floor", "schedule", "cosine", "it is for --schedule cosine"},
    {"class_weights", "target", "direction", "it is for --target direction"},
    {"plateau_rule", "plateau", "!none", "it is for --plateau"},
    {"point",      "part",   "point", "it is for --part point"},
    {"checkpoint", "part",   "point", "it is for --part point"},
    {"to",         "part",   "point", "it is for --part point"},
    {"reduction",  "grace",  "!none", "it is for --grace"},
    {"monitor",    "patience plateau", "!none", "it is what --patience and --plateau look at"},
    {"momentum",   "optimizer", "sgd", "it is for --optimizer sgd"},
    {"weight_decay", "optimizer", "adamw", "it is for --optimizer adamw"},
    {"adam",       "optimizer", "adam adamw", "it is for --optimizer adam and adamw"},
    {"beta1",      "optimizer", "adam adamw", "it is for --optimizer adam and adamw"},
    {"beta2",      "optimizer", "adam adamw", "it is for --optimizer adam and adamw"},
    {"epsilon",    "optimizer", "adam adamw rmsprop", "--optimizer sgd divides by nothing"}
};

/* Has one of the options in `when` one of the values? `state` says what they are. What the command does not know holds. */
static int holds(const options *o, const char *when, const char *values, const char *target, char *state, size_t size) {
    int known = 0, good = 0;
    *state = 0;
    while (*when) {
        size_t length = strcspn(when, " "), used = strlen(state);
        const options_flag *flag = find_flag(o, when, length);
        char text[64] = "";
        if (flag) lstmfc_field_get(flag->desc, flag->field, text, sizeof text);
        else if (same_name("command", when, length)) {      /* where one name means different things: never told, only looked at */
            good |= listed(values, o->command->name);
            when += length + strspn(when + length, " ");
            continue;
        } else if (target && same_name("target", when, length)) snprintf(text, sizeof text, "%s", target);
        else { when += length + strspn(when + length, " "); continue; }
        good |= *values == '*' ? !flag || strcmp(text, flag->field->preset) != 0 : *values == '!' ? strcmp(text, values + 1) != 0
              : *values ? listed(values, text) : !*text;
        snprintf(state + used, size - used, "%s%.*s %s", known++ ? ", " : "", (int)length, when,
                 *text ? text : "not given");
        when += length + strspn(when + length, " ");
    }
    return good || !known;
}

/* "none" asks for nothing, and nothing is what happens; where 0 is the default it asks for something */
static int asks_nothing(const options_flag *flag) {
    char text[64];
    lstmfc_field_get(flag->desc, flag->field, text, sizeof text);
    return !strncmp(flag->field->range, "none|", 5) && !strcmp(text, "none") && strcmp(flag->field->preset, "0") != 0;
}

int options_useful(const options *o, const char *target) {
    char state[200], name[64];
    size_t row;
    int i;
    for (i = 0; i < o->flag_count; i++) {
        const options_flag *flag = &o->flags[i];
        if (!flag->given || asks_nothing(flag)) continue;
        for (row = 0; row < sizeof conditions / sizeof conditions[0]; row++) {
            const char *about = conditions[row].name, *meant = conditions[row].meant;
            if (!listed(about, flag->field->name) && strcmp(about, o->groups[flag->group])
                && !listed(about, o->groups[flag->group])) continue;
            if (holds(o, conditions[row].when, conditions[row].values, target, state, sizeof state)) continue;
            options_flag_text(name, flag->field->name);
            if (flag->given == 1) return usage_error(o, "--%s has no effect here (%s): %s", name, state, meant);
            return usage_error(o, "--config %s: %s has no effect here (%s): %s", o->config, flag->field->name, state, meant);
        }
    }
    return -1;
}

/* ---- parsing --------------------------------------------------------------------------------------------------- */

/* What was not given gets the default that --help shows. */
static int apply_presets(options *o) {
    int i;
    for (i = 0; i < o->flag_count; i++) {
        options_flag *flag = &o->flags[i];
        const char *preset = flag->preset ? flag->preset : flag->field->preset;
        lstmfc_error err = {0};
        if (flag->given || !*preset) continue;
        if (lstmfc_field_set(flag->desc, flag->field, preset, &err) != LSTMFC_OK)
            return tool_fail(o, TOOL_FAILURE, "preset of %s: %s", flag->field->name, err.message);
    }
    return -1;
}

int options_parse(options *o, int argc, char **argv) {
    int i, result;
    for (i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h")) { print_help(o); return TOOL_OK; }
        if (!strncmp(argv[i], "--help=", 7) && forms_command(o, argv[i] + 7)) return TOOL_OK;
        if (!strcmp(argv[i], "--json")) o->json = 1;    /* known first, so that every later error is JSON too */
    }
    for (i = 1; i < argc; i++) {
        const char *name = argv[i], *equals, *value;
        char shown[96];
        size_t length;
        options_flag *flag;
        if (strncmp(name, "--", 2)) return usage_error(o, "`%s` was not expected here: options start with --", name);
        name += 2;
        equals = strchr(name, '=');
        length = equals ? (size_t)(equals - name) : strlen(name);
        snprintf(shown, sizeof shown, "--%.*s", tool_cut(name, length, 64), name);
        flag = find_flag(o, name, length);
        if (!flag && !same_name("config", name, length)) {
            char plain[64];
            snprintf(plain, sizeof plain, "%.*s", tool_cut(name, length, 63), name);
            return unknown_name(o, "--", plain, "");
        }
        if (flag ? flag->given : o->config != NULL) return usage_error(o, "%s is given twice", shown);
        if (equals) {
            value = equals + 1;
        } else if (flag && is_switch(flag->field)) {
            value = "1";
            if (i + 1 < argc && (!strcmp(argv[i + 1], "0") || !strcmp(argv[i + 1], "1"))) value = argv[++i];
        } else {
            if (i + 1 >= argc) return usage_error(o, "%s needs a value", shown);
            value = argv[++i];
            if (!strncmp(value, "--", 2))
                return usage_error(o, "%s needs a value, not `%s` (write %s=%s if you mean it)", shown, value, shown, value);
        }
        if (!flag) { o->config = value; continue; }
        result = set_option(o, flag, shown, value, 1);
        if (result != -1) return result;
    }
    if (o->config && (result = read_config(o, o->config)) != -1) return result;
    result = apply_presets(o);
    return result == -1 ? options_useful(o, NULL) : result;
}

int options_given(const options *o, const char *name) {
    const options_flag *flag = find_flag(o, name, strlen(name));
    return flag && flag->given;
}

int options_given_field(const options *o, const lstmfc_field *field) {
    int i;
    for (i = 0; i < o->flag_count; i++) if (o->flags[i].field == field) return o->flags[i].given;
    return 0;
}

const char *options_given_of(const options *o, const char *group) {
    int i;
    for (i = 0; i < o->flag_count; i++)
        if (o->flags[i].given && !strcmp(o->groups[o->flags[i].group], group)) return o->flags[i].field->name;
    return NULL;
}

int options_require(const options *o, const char *names) {
    while (*names) {
        size_t length = strcspn(names, " ");
        const options_flag *flag = find_flag(o, names, length);
        if (flag && !flag->given) {
            char name[64];
            options_flag_text(name, flag->field->name);
            return usage_error(o, "--%s is needed: %s", name, flag->field->help);
        }
        names += length + strspn(names + length, " ");
    }
    return -1;
}

void options_free(options *o) {
    files_free(o);
    while (o->text_count) free(o->texts[--o->text_count]);
}
