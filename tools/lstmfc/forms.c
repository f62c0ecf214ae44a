/* forms.c - the tables behind --help as a man page and as completions for bash, zsh and fish: `lstmfc help --man`, `--bash`, `--zsh`, `--fish`.

   Each command has its flags only while it runs, so it is run once with --help=FORM and prints its own part; what stands before, between
   and after is printed here. */
#include "tool.h"

#include <stdio.h>
#include <string.h>

#define FORM_ROW(name, purpose) {#name, purpose, command_##name},
#define FORM_CHECK(name, purpose) {"check " #name, purpose, command_##name},
static const struct { const char *name, *purpose; int (*run)(int argc, char **argv); } rows[] = {
    TOOL_COMMANDS(FORM_ROW) TOOL_CHECKS(FORM_CHECK)
};
enum { ROWS = (int)(sizeof rows / sizeof rows[0]) };

/* Text with the characters in `before` behind a backslash. */
static void escaped(const char *text, const char *before) {
    for (; *text; text++) {
        if (strchr(before, *text)) putchar('\\');
        putchar(*text == '\n' ? ' ' : *text);
    }
}

/* In troff a backslash is \e, a dash that is typed is \-, and a line must not begin with a dot or an apostrophe. */
static void troff(const char *text, int verbatim) {
    int begins = 1;
    for (; *text; text++) {
        if (begins && (*text == '.' || *text == '\'')) fputs("\\&", stdout);
        if (*text == '\\') fputs("\\e", stdout);
        else if (*text == '-') fputs("\\-", stdout);
        else if (*text == '\n' && !verbatim) putchar(' ');
        else putchar(*text);
        begins = *text == '\n' && verbatim;
    }
    putchar('\n');
}

static int is_file(const lstmfc_field *field) { return !strcmp(field->range, OPTIONS_IN) || !strcmp(field->range, OPTIONS_OUT); }
static int is_switch(const lstmfc_field *field) { return field->kind == LSTMFC_INT && !strcmp(field->range, "0..1"); }

/* In shells a command of two words is one of `check`. */
static const char *second(const char *name) { return strchr(name, ' ') ? strchr(name, ' ') + 1 : NULL; }

static void flag_man(const options_flag *flag) {
    const lstmfc_field *field = flag->field;
    const char *preset = flag->shown ? flag->shown : flag->preset ? flag->preset : field->preset;
    char name[64];
    options_flag_text(name, field->name);
    printf(".TP\n.B \\-\\-");
    escaped(name, "-");
    if (!is_switch(field))
        printf(" \\fI%s\\fR", is_file(field) ? "FILE" : field->kind == LSTMFC_TEXT ? "TEXT" : field->kind == LSTMFC_CHOICE ? "CHOICE" : field->kind
               == LSTMFC_REAL ? "X" : "N");
    putchar('\n');
    troff(field->help, 0);
    if (is_switch(field) || (field->kind == LSTMFC_TEXT && !*preset)) return;
    if (field->kind != LSTMFC_TEXT) { fputs("(", stdout); escaped(field->range, "-\\"); fputs(*preset ? "; default " : "", stdout); }
    else fputs("(default ", stdout);
    escaped(preset, "-\\");
    fputs(")\n", stdout);
}

static void command_man(const options *o) {
    const options_command *c = o->command;
    int group, i;
    printf(".SH LSTMFC ");
    for (i = 0; c->name[i]; i++) putchar(c->name[i] >= 'a' && c->name[i] <= 'z' ? c->name[i] - 32 : c->name[i]);
    printf("\n.B lstmfc %s\n", c->name);
    troff(c->usage, 0);
    puts(".PP");
    troff(c->purpose, 0);
    if (c->details) { puts(".PP"); troff(c->details, 0); }
    for (group = 0; group < o->group_count; group++) {
        printf(".SS ");
        troff(o->groups[group], 0);
        for (i = 0; i < o->flag_count; i++) if (o->flags[i].group == group) flag_man(&o->flags[i]);
    }
    puts(".SS Example\n.nf");
    troff(c->example, 1);
    puts(".fi");
}

/* The words of a choice, "mean|vote" as "mean vote". */
static void words(const char *range) {
    for (; *range; range++) putchar(*range == '|' ? ' ' : *range);
}

static void command_bash(const options *o) {
    char name[64];
    int i;
    printf("    \"%s\")\n        flags=\"", o->command->name);
    for (i = 0; i < o->flag_count; i++) { options_flag_text(name, o->flags[i].field->name); printf("--%s ", name); }
    printf("--config --help\"\n        case $previous in\n");
    for (i = 0; i < o->flag_count; i++) {
        const lstmfc_field *field = o->flags[i].field;
        if (field->kind != LSTMFC_CHOICE) continue;
        options_flag_text(name, field->name);
        printf("        --%s) words=\"", name);
        words(field->range);
        puts("\" ;;");
    }
    for (i = 0; i < o->flag_count; i++) {
        if (o->flags[i].field->kind == LSTMFC_CHOICE || is_file(o->flags[i].field) || is_switch(o->flags[i].field)) continue;
        options_flag_text(name, o->flags[i].field->name);
        printf("        --%s) words=\" \" ;;\n", name);
    }
    printf("        --config");
    for (i = 0; i < o->flag_count; i++) {
        if (!is_file(o->flags[i].field)) continue;
        options_flag_text(name, o->flags[i].field->name);
        printf("|--%s", name);
    }
    puts(") files=1 ;;\n        esac ;;");
}

static void command_zsh(const options *o) {
    char name[64];
    int i;
    printf("    '%s')\n        _arguments \\\n", o->command->name);
    for (i = 0; i < o->flag_count; i++) {
        const lstmfc_field *field = o->flags[i].field;
        const char *help = field->help;
        options_flag_text(name, field->name);
        printf("            '--%s%s[", name, is_switch(field) ? "" : "=");
        for (; *help; help++) {
            if (strchr("[]\\:", *help)) putchar('\\');
            if (*help == '\'') fputs("'\\''", stdout);
            else putchar(*help == '\n' ? ' ' : *help);
        }
        putchar(']');
        if (field->kind == LSTMFC_CHOICE) { printf(":choice:("); words(field->range); putchar(')'); }
        else if (is_file(field)) printf(":file:_files");
        else if (!is_switch(field)) printf(":value:");
        puts("' \\");
    }
    puts("            '--config=[JSON object with the same names as the flags]:file:_files' '--help[the flags in words]' ;;");
}

static void command_fish(const options *o) {
    const char *check = second(o->command->name);
    char name[64], when[160];
    int i;
    if (check) snprintf(when, sizeof when, "__fish_seen_subcommand_from check; and __fish_seen_subcommand_from %s", check);
    else if (!strcmp(o->command->name, "check")) {
        size_t used = (size_t)snprintf(when, sizeof when, "__fish_seen_subcommand_from check; and not __fish_seen_subcommand_from");
        for (i = 0; i < ROWS; i++)
            if (second(rows[i].name)) used += (size_t)snprintf(when + used, sizeof when - used, " %s", second(rows[i].name));
    } else snprintf(when, sizeof when, "__fish_seen_subcommand_from %s", o->command->name);
    for (i = 0; i < o->flag_count; i++) {
        const lstmfc_field *field = o->flags[i].field;
        options_flag_text(name, field->name);
        printf("complete -c lstmfc -n '%s' -l %s%s", when, name, is_switch(field) ? "" : is_file(field) ? " -r -F" : " -x");
        if (field->kind == LSTMFC_CHOICE) { printf(" -a '"); words(field->range); putchar('\''); }
        printf(" -d '");
        escaped(field->help, "'\\");
        puts("'");
    }
    printf("complete -c lstmfc -n '%s' -l config -r -F -d 'JSON object with the same names as the flags'\n", when);
    printf("complete -c lstmfc -n '%s' -l help -d 'the flags in words'\n", when);
}

/* -- what stands around the commands ------------------------------------------------------------------------------ */

static void begin_man(void) {
    int i;
    printf(".\\\" lstmfc help --man\n.TH LSTMFC 1 \"\" \"lstmfc %s\" \"User Commands\"\n.SH NAME\n"
           "lstmfc \\- LSTM forecasts of market candles: train, evaluate honestly, backtest with costs\n"
           ".SH SYNOPSIS\n.B lstmfc\n.I command\n.RI [ flags ]\n.SH DESCRIPTION\n", LSTMFC_VERSION_TEXT);
    puts("One program for the whole way from a CSV file of candles to a forecast, a signal and a backtest. Every option of a command is a flag, or\n"
         "a key of the same name in the JSON file of\n.BR \\-\\-config ;\n"
         "flags win, and\n.B \\-\\-help\ntells of every command what stands here. A range of\n.I none|...\nmeans that none, and so 0, switches the option off. A file named \\- is standard input or output.\n"
         ".SH COMMANDS");
    for (i = 0; i < ROWS; i++) { printf(".TP\n.B lstmfc %s\n", rows[i].name); troff(rows[i].purpose, 0); }
}
static void end_man(void) {
    puts(".SH EXIT STATUS\n0 ok, 1 failure, 2 usage, 3 data, 4 model file, 5 diverged, 130 interrupted (a checkpoint was saved first).\n"
         ".SH NOTES\nNothing here promises a profit: direction on hourly data is close to a coin toss, and the reports say so.");
}

static void begin_bash(void) {
    int i, bar = 0;
    puts("# bash completion for lstmfc: lstmfc help --bash\n_lstmfc() {\n"
         "    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} command=${COMP_WORDS[1]} flags='' words='' files=''\n"
         "    COMPREPLY=()\n    if [ \"$COMP_CWORD\" -eq 1 ]; then");
    printf("        mapfile -t COMPREPLY < <(compgen -W \"");
    for (i = 0; i < ROWS; i++) if (!second(rows[i].name)) printf("%s ", rows[i].name);
    puts("help --version\" -- \"$current\")\n        return\n    fi");
    printf("    case \"$command ${COMP_WORDS[2]}\" in");
    for (i = 0; i < ROWS; i++) if (second(rows[i].name)) printf("%s \"%s\"", bar++ ? " |" : "", rows[i].name);
    puts(") command=\"check ${COMP_WORDS[2]}\" ;; esac\n    case $command in");
}
static void end_bash(void) {
    int i;
    printf("    esac\n    if [ \"$command\" = check ] && [ \"$COMP_CWORD\" -eq 2 ]; then flags=\"");
    for (i = 0; i < ROWS; i++) if (second(rows[i].name)) printf("%s ", second(rows[i].name));
    puts("$flags\"; fi\n"
         "    if [ -n \"$files\" ]; then compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- \"$current\")\n"
         "    else mapfile -t COMPREPLY < <(compgen -W \"${words:-$flags}\" -- \"$current\"); fi\n}\ncomplete -F _lstmfc lstmfc");
}

static void begin_zsh(void) {
    int i, k;
    puts("#compdef lstmfc\n# zsh completion for lstmfc: lstmfc help --zsh\n_lstmfc() {\n    local -a commands checks\n    local command=$words[2]");
    for (k = 0; k < 2; k++) {
        printf("    %s=(", k ? "checks" : "commands");
        for (i = 0; i < ROWS; i++)
            if (!second(rows[i].name) == !k) printf("\n        '%s:%s'", k ? second(rows[i].name) : rows[i].name, rows[i].purpose);
        puts("\n    )");
    }
    puts("    if (( CURRENT == 2 )); then _describe command commands; return; fi\n"
         "    if [[ $command == check ]]; then\n        (( CURRENT == 3 )) && _describe check checks\n"
         "        if [[ -n ${checks[(r)$words[3]:*]} ]]; then command=\"check $words[3]\"; words=(\"${(@)words[1,1]}\" \"${(@)words[3,-1]}\"); (( CURRENT-- )); fi\n"
         "    fi\n    words=(\"${(@)words[2,-1]}\")\n    (( CURRENT-- ))\n    case $command in");
}
static void end_zsh(void) { puts("    esac\n}\n_lstmfc \"$@\""); }

static void begin_fish(void) {
    int i;
    puts("# fish completion for lstmfc: lstmfc help --fish\ncomplete -c lstmfc -f");
    for (i = 0; i < ROWS; i++) {
        const char *check = second(rows[i].name);
        printf("complete -c lstmfc -n '%s' -a %s -d '", check ? "__fish_seen_subcommand_from check" : "__fish_use_subcommand",
               check ? check : rows[i].name);
        escaped(rows[i].purpose, "'\\");
        puts("'");
    }
}
static void end_fish(void) {}

static const struct {
    const char *name;
    void (*begin)(void), (*command)(const options *o), (*end)(void);
} forms[] = {
    {"man",  begin_man,  command_man,  end_man},
    {"bash", begin_bash, command_bash, end_bash},
    {"zsh",  begin_zsh,  command_zsh,  end_zsh},
    {"fish", begin_fish, command_fish, end_fish}
};
enum { FORMS = (int)(sizeof forms / sizeof forms[0]) };

static int find(const char *form) {
    int i;
    for (i = 0; i < FORMS; i++) if (!strcmp(forms[i].name, form)) return i;
    return -1;
}

int forms_command(const options *o, const char *form) {
    int i = find(form);
    if (i >= 0) forms[i].command(o);
    return i >= 0;
}

int forms_print(const char *form) {
    char flag[32], name[32];
    char *argv[2];
    int i, form_row = find(form);
    if (form_row < 0) return 0;
    forms[form_row].begin();
    for (i = 0; i < ROWS; i++) {
        snprintf(name, sizeof name, "%s", rows[i].name);
        snprintf(flag, sizeof flag, "--help=%s", form);
        argv[0] = name;
        argv[1] = flag;
        rows[i].run(2, argv);
    }
    forms[form_row].end();
    return 1;
}
