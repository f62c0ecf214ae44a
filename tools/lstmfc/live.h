/* live.h - a model along a series that comes bar by bar: its forecasts, its rules, whose candles they are; to the bits of the commands that are
   given the whole series so far. */
#ifndef LSTMFC_TOOL_LIVE_H
#define LSTMFC_TOOL_LIVE_H

#include "rules.h"

/* Bars that may be needed again, in arrays of their own. The columns are those of the first. */
enum { LIVE_ROLES = 5 };
typedef struct live_bars { lstmfc_candles candles; size_t room; int role[LIVE_ROLES]; } live_bars;     /* zeroed: none yet */
int  live_bars_add(const options *o, live_bars *bars, const lstmfc_candles *candles, size_t index);     /* an exit code */
int  live_bars_room(live_bars *bars);    /* 1: there is room for one more, whose columns are known; 0: no memory */
void live_bars_free(live_bars *bars);

typedef struct live live;
/* model: taken over. horizon: of --use-horizon. NULL: *code, said; the model is freed then, too. */
live *live_create(const options *o, lstmfc_forecaster *model, rules_asked asked, const lstmfc_signal_desc *signals, int32_t horizon, int *code);
void  live_free(live *l);
/* Row `index` of the candles is the next closed bar; forecast NULL: nobody asks for one. kept: the bars so far, this one among them, as long as
   live_needs_bars says so; then NULL will do. An exit code. */
int   live_push(live *l, const lstmfc_candles *candles, size_t index, const lstmfc_candles *kept, lstmfc_forecast *forecast);
/* Rows first .. of the candles, the bars so far, one after the other, of which nothing is asked. An exit code. */
int   live_replay(live *l, const lstmfc_candles *candles, size_t first);
/* 1: bars so far are still asked for, because they may be those the model was trained on. */
int   live_needs_bars(const live *l);
/* Of the bar that was pushed last: its signal (to be freed), and whose candles these are. kept as above. Exit codes. */
int   live_tell(live *l, const lstmfc_candles *kept, const lstmfc_forecast *forecast, rules_result *out);
int   live_origin(const live *l, const lstmfc_candles *kept, lstmfc_origin *out);
/* All that it carries from bar to bar as members of a JSON object, and back into one that was created alike: an exit code, said in words that
   begin with `path`; LIVE_OTHER: it is of another model, and nothing is said. */
enum { LIVE_OTHER = -2 };
int   live_save(const live *l, lstmfc_writer *w);
int   live_load(live *l, const char *path, const char *text, const lstmfc_json *json, lstmfc_json_node node);
const lstmfc_forecaster *live_model(const live *l);             /* all of it, */
const lstmfc_forecaster *live_answer(const live *l);            /* and the horizon that decides */
const rules_live        *live_rules(const live *l);

#endif
