/* lstmfc - the command line: LSTM forecasts of market candles from CSV to report. One file per command beside this one. */
#include "tool.h"

#include <stdio.h>
#include <string.h>

static const struct { const char *name; int (*run)(int argc, char **argv); const char *purpose; } commands[] = {
#define ROW(name, purpose) {#name, command_##name, purpose},
    TOOL_COMMANDS(ROW)
#undef ROW
};
enum { COMMANDS = (int)(sizeof commands / sizeof commands[0]) };

static void print_commands(FILE *out) {
    int i;
    fprintf(out, "lstmfc %s - LSTM forecasts of market candles: train, evaluate honestly, backtest with costs\n\n"
                 "Usage: lstmfc <command> [flags]        lstmfc <command> --help        lstmfc help --man|--bash|--zsh|--fish\n\n", LSTMFC_VERSION_TEXT);
    for (i = 0; i < COMMANDS; i++) fprintf(out, "  %-11s %s\n", commands[i].name, commands[i].purpose);
    fprintf(out, "\nExample\n  lstmfc synth --bars 3000 --seed 1 --out candles.csv\n"
                 "  lstmfc pipeline --csv candles.csv --system a --epochs 2 --out run\n\n"
                 "Exit codes: 0 ok, 1 failure, 2 usage, 3 data, 4 model file, 5 diverged, 130 interrupted (checkpoint saved).\n"
                 "Nothing here promises a profit: the reports hold every figure against forecasts that need no network.\n");
}

/* No command ran, so none of them speaks: the message, and its JSON object where --json asks for one. */
static int refuse(int argc, char **argv, const char *message) {
    int i;
    fprintf(stderr, "lstmfc: %s\n       lstmfc --help lists the commands\n", message);
    for (i = 1; i < argc; i++)
        if (!strcmp(argv[i], "--json")) { tool_json_error(TOOL_USAGE, "usage", 0, 0, message); break; }
    return TOOL_USAGE;
}

/* What stdout could not take is a failure, said once. */
static int finish(const char *name, int code) {
    if (fflush(stdout) == 0 && !ferror(stdout)) return code;
    if (code != TOOL_OK) return code;
    fprintf(stderr, "lstmfc %s: stdout cannot be written\n", name);
    return TOOL_FAILURE;
}

int main(int argc, char **argv) {
    const char *names[COMMANDS], *near, *command;
    char message[200];
    char *help[3];
    int i;
    files_hold_standard();
    if (argc < 2) { print_commands(stderr); return TOOL_USAGE; }
    command = argv[1];
    if (argc == 3 && !strcmp(command, "help") && !strncmp(argv[2], "--", 2) && forms_print(argv[2] + 2)) return finish("help", TOOL_OK);
    if (argc > 2 && !strcmp(command, "help")) {         /* lstmfc help train = lstmfc train --help */
        static char flag[] = "--help";
        help[0] = argv[0]; help[1] = argv[2]; help[2] = flag;
        argv = help;
        argc = 3;
        command = argv[1];
    }
    if (!strcmp(command, "--help") || !strcmp(command, "-h") || !strcmp(command, "help")) {
        print_commands(stdout);
        return finish("help", TOOL_OK);
    }
    if (!strcmp(command, "--version")) {
        printf("lstmfc %s\n%s\n", LSTMFC_VERSION_TEXT, lstmfc_build_info());
        return finish("--version", TOOL_OK);
    }
    for (i = 0; i < COMMANDS; i++) {
        names[i] = commands[i].name;
        if (!strcmp(command, commands[i].name)) return finish(command, commands[i].run(argc - 1, argv + 1));
    }
    near = options_nearest(command, names, COMMANDS);
    snprintf(message, sizeof message, "there is no command `%.*s`%s%s%s", tool_cut(command, strlen(command), 60),
             command, near ? "; did you mean `" : "", near ? near : "", near ? "`?" : "");
    return refuse(argc, argv, message);
}
