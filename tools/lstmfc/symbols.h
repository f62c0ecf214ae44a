/* symbols.h - one command for several symbols: a folder of CSV files, several files, or one file with a column of symbols. */
#ifndef LSTMFC_TOOL_SYMBOLS_H
#define LSTMFC_TOOL_SYMBOLS_H

#include "evaluation.h"

/* Runs `command` once for each symbol that --csv means, its files in the folders that --out, --report and --forecasts name, its model out
   of the folder --model. -1: it is one series, go on. Else an exit code: 1 when any symbol failed; the others were done. */
int symbols_each(int argc, char **argv, int (*command)(int argc, char **argv));
/* 1 while symbols_each runs a command. */
int symbols_running(void);
/* train --pooled and backtest: symbol i of those that --csv means, in order of names; 0: there is none. Only after symbols_each has
   given -1. */
int symbols_pool(int i, const char **name, const char **csv, const char **only);
void symbols_pool_free(void);
/* The file with the column of symbols, which they are all in; NULL: csv is none. */
const char *symbols_pool_text(const char *csv, size_t *length);
/* The file of symbol i's own model where `model` is a folder of them, to be freed; NULL: it is one file for all. */
char *symbols_pool_model(int i, const char *model);
/* evaluate: what was measured of the symbol that is being run, for the table at the end. */
void symbols_note(const evaluation *e);
/* The names in the column of symbols of a CSV text, in order of appearance; NULL: it has none. More than one and `shared`: rows of two of
   them bear the same time, so the file is no single series. Freed by free (one block). */
char **symbols_of(const char *text, size_t length, int *count, int *shared);
/* A copy of the text, *left long, in which the lines of all symbols but one are empty, so that lines keep their numbers; to be freed. *rows:
   how many are the symbol's. NULL: none are (rows 0), or out of memory. */
char *symbols_only(const char *text, size_t length, const char *name, size_t *rows, size_t *left);

#endif
