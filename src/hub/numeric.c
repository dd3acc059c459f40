/* Texts of the numeric replies; see numeric.h. */
#include "hub/numeric.h"

struct str
numeric_text(enum numeric numeric)
{
    switch (numeric) {
#define X(name, code, text) \
    case name:              \
        return STR(text);
        NUMERICS(X)
#undef X
    }
    cf_unreachable("numeric without a row");
}
