// also: double
#define LSTMFC_IMPLEMENTATION
#include "../lstmfc.h"
#include "test.h"

TEST(names)
{
    CHECK_TEXT(lstmfc_result_name(LSTMFC_OK), "ok");
    CHECK_TEXT(lstmfc_result_name(LSTMFC_ERROR_MEMORY), "memory");
    CHECK_TEXT(lstmfc_result_name(4711), "unknown");
    CHECK(strlen(lstmfc_result_text(LSTMFC_ERROR_DIVERGED)) > 5);
    CHECK_INT(lstmfc_version(), LSTMFC_VERSION_HEX);
    CHECK_HAS(lstmfc_build_info(), LSTMFC_VERSION_TEXT);
    CHECK_HAS(lstmfc_build_info(), "no contraction");
    CHECK_TEXT(lstmfc_simd_name(), "scalar");
}

int main(void) { RUN(names); return test_end(); }
