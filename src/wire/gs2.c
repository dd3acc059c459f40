/* The header of GS2; see gs2.h. */
#include "wire/gs2.h"

#include "base/utf8.h"

bool
gs2_put_name(struct buf *out, struct str name)
{
    while (name.len > 0) {
        char byte = name.ptr[0];
        size_t taken = 1;
        if (byte == '=') {
            if (str_starts_with(name, STR("=2C")))
                byte = ',';
            else if (!str_starts_with(name, STR("=3D")))
                return false;
            taken = 3;
        }
        if (buf_room(out) == 0)
            return false;
        buf_put_byte(out, byte);
        name = str_skip(name, taken);
    }
    return utf8_is_valid(buf_str(out));
}

bool
gs2_take_header(struct str *rest, struct buf *authzid_out)
{
    struct str binding = str_cut(rest, ',');
    if (!str_equal(binding, STR("n")) && !str_equal(binding, STR("y")))
        return false;
    if (rest->ptr == NULL)
        return false;
    struct str authzid = str_cut(rest, ',');
    if (rest->ptr == NULL)
        return false;
    if (authzid.len == 0)
        return true;
    return str_starts_with(authzid, STR("a=")) && gs2_put_name(authzid_out, str_skip(authzid, 2));
}
