#define LSTMFC_IMPLEMENTATION
#include "../lstmfc.h"
#include "test.h"

/* every table of the library: presets inside their own range, a first choice that is the preset, no name twice */
TEST(fields_tables)
{
    size_t f, g, count;
    const lstmfc_field *(*const tables[])(size_t *) = { lstmfc_model_desc_fields, lstmfc_optimizer_desc_fields, lstmfc_csv_desc_fields,
                                                        lstmfc_training_desc_fields, lstmfc_forecaster_desc_fields, lstmfc_signal_desc_fields, lstmfc_backtest_desc_fields };
    size_t table;
    for (table = 0; table < sizeof tables / sizeof tables[0]; table++) {
        const lstmfc_field *fields = tables[table](&count);
        unsigned char desc[4096];
        for (f = 0; f < count; f++) {
            lstmfc_error err;
            memset(&err, 0, sizeof err);
            memset(desc, 0, sizeof desc);
            if (fields[f].kind == LSTMFC_CHOICE) {
                CHECK(strncmp(fields[f].range, fields[f].preset, strlen(fields[f].preset)) == 0);
                CHECK(fields[f].range[strlen(fields[f].preset)] == '|');
            }
            if (fields[f].kind != LSTMFC_TEXT && strcmp(fields[f].preset, "0") != 0) CHECK_OK(lstmfc_field_set(desc, &fields[f], fields[f].preset, &err), err);
            CHECK(fields[f].help[0] != 0 && fields[f].offset < sizeof desc);
            for (g = 0; g < f; g++) CHECK(strcmp(fields[f].name, fields[g].name) != 0);
        }
    }
}

int main(void) { RUN(fields_tables); return test_end(); }
