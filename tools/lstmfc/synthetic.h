/* synthetic.h - candles out of a random number generator, for demos and tests. */
#ifndef LSTMFC_SYNTHETIC_H
#define LSTMFC_SYNTHETIC_H

#include "../../lstmfc.h"

/* `bars` candles from start_ms on, one every interval_ms (both > 0 for the interval), marked synthetic. Same arguments, same
   bytes, on every machine. They look like a market (volatility clusters, tails are fat, volume follows volatility, nights and
   weekends are quieter, calm and stormy spells alternate), but the direction of the next bar is a fair coin but for a drift far
   too small to trade: a model that finds more in them has a leak. Free with lstmfc_candles_free. */
lstmfc_candles *synthetic_candles(size_t bars, uint64_t seed, int64_t start_ms, int64_t interval_ms, lstmfc_error *err);

#endif
