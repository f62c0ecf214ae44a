// raii.cpp - C++11: owners that free, errors as exceptions, the rest is the C API.
//     c++ -std=c++11 -O2 -I.. raii.cpp -o raii && ./raii candles.csv
#define LSTMFC_IMPLEMENTATION
#include "lstmfc.h"
#include <cstdio>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace lstm {

struct deleter {
    void operator()(lstmfc_candles *p) const { lstmfc_candles_free(p); }
    void operator()(lstmfc_forecaster *p) const { lstmfc_forecaster_free(p); }
};
using candles = std::unique_ptr<lstmfc_candles, deleter>;
using forecaster = std::unique_ptr<lstmfc_forecaster, deleter>;

inline void check(const lstmfc_error &err) { if (err.code) throw std::runtime_error(err.message); }

inline candles load(const std::string &path) {
    lstmfc_error err = {};
    candles result(lstmfc_candles_load_csv(path.c_str(), nullptr, &err));
    check(err);
    return result;
}

inline forecaster fit(const candles &c, const lstmfc_forecaster_desc &desc) {
    lstmfc_error err = {};
    forecaster result(lstmfc_forecaster_fit(c.get(), &desc, &err));
    check(err);
    return result;
}

inline std::vector<lstmfc_forecast> predict_all(const forecaster &f, const candles &c) {
    lstmfc_error err = {};
    std::vector<lstmfc_forecast> result(c->count);
    lstmfc_forecaster_predict_all(f.get(), c.get(), 0, c->count, result.data(), &err);
    check(err);
    return result;
}

}

int main(int argc, char **argv) {
    try {
        auto candles = lstm::load(argc > 1 ? argv[1] : "candles.csv");
        auto d = lstmfc_forecaster_desc_default();
        d.target = LSTMFC_TARGET_PRICE;
        d.window = 16;
        d.features = "log_return(close), rsi(14)/100, atr(14)/close";
        d.model = "lstm 16 | dense 1";
        d.training.epochs = 3;
        auto forecaster = lstm::fit(candles, d);
        auto forecasts = lstm::predict_all(forecaster, candles);
        const lstmfc_forecast &next = forecasts.back();
        std::printf("close %.2f, forecast %.2f, 90 %% interval %.2f .. %.2f\n", next.close, next.price, next.lower, next.upper);
    } catch (const std::exception &e) {
        std::fprintf(stderr, "%s\n", e.what());
        return 1;
    }
    return 0;
}
