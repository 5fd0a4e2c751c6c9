/* SPDX-License-Identifier: MIT */
/*
 * Keys that were made for these tests and protect nothing: making RSA keys
 * anew in each test would take longer than all else.
 */
#pragma once

static const char rsa_2048_private[] =
    "-----BEGIN PRIVATE KEY-----\n"
    "MIIEvgIBADANBgkqhkiG9w0BAQEFAASCBKgwggSkAgEAAoIBAQCoba99PJUlXv+Y\n"
    "4TauH+nx6PIeHI2E19AOb9YnQuFCb3usVQPMO95zrn8ARI9KeuQ/Lib7lsJm29OQ\n"
    "cV/Ypr1B5XkW9SeRAzrXa9/5OOCETj1UqiIp3Yv9jkAxULvh+9+U8AqohT6/gUmk\n"
    "d51FyZNv6aetsGjpYD9dHHdW0+lotpO0EX/X3n6BJSRwbeasu0XrxZoEP0oCAGBr\n"
    "janunYRgMXPLyuShEgcTDmJg9zah+C54FBpx8xIFh2OnjZg1ak3uWEMAmj5FDcSp\n"
    "QHAxhvWOzaIzdFaV7NZvt+VLCesx1pBit5iYIAuc2RXIMdVsa5bs0jjYQ3lzVBRB\n"
    "YOTx54ZlAgMBAAECggEABeDeJnF+MHG3sK7w6PQ1hrs/SAxtvAc0PGzBfVlON11g\n"
    "uaELTY4sCL7nBoFeEZa8b0q9vZDYyXI+rg88QyQpUtV0JnhOoIxg+gfKfLj0ImoA\n"
    "pfsnehfrZ4wWyCHYjN3s7cElqMANx+1L6VuWDPYow9fUgbFjLVIDTs1MNPxBweUe\n"
    "6RKnvovVEIJ+e8d9r+um3WR952IZzT7cQ5ec+vp9fUShusTGFeE1ZehRfBTr3C+C\n"
    "AMDhhHoPMWaAja7aZRoX25D0P+X9iQVHlli8kqo71JJ06LLLgMUZMrn87OATIQEk\n"
    "0dirRBqq0tm2VOzTeQcb7hpwG+kDQa/I0NHlD/cSOQKBgQDVwnNEV2YqeMUmudyM\n"
    "aMALPxkvkk0UDyWop5HQ4iR+MM3/S+Z9xlXbHdE8B8yyUuqE50xnTluT5qdfklOo\n"
    "WfSnNqnt+0ehTqzknfaPCKysjNEiXNuDR0SWR46iwUXiBes3+x+VxBXdSKvGY5uU\n"
    "/2oPfpjxhtwT/5EcU66155qDawKBgQDJtgzeLLnh/AnZpOMdTB0XMM/ciypDJ2IM\n"
    "LYBfXKrQV0sYC6mCr9Ykvqc+enkXePuCloBDlrGR4Q3omrPFx7T3MHbqJyunS5Ig\n"
    "ekcXLB65qLdQ2fzcKQ8lihIrKXoEuSH7eWi7CbHPGdf4Bf8KH5D6kr5Kj+EcLYIS\n"
    "pbBU4pdhbwKBgQDIqSXtZKIKgp6IEPeBcx+8LvpkltD2YJW4cb1HOdKKBySJYGW5\n"
    "cgLMk3wD/0pfp8hxBHPLkloTR/WcmM8hfXhVs9HnDfia6zEP111JvhniTLpRqJuD\n"
    "69XtwLScAhSo7Wd2gK2QuKbRuFNQA9dcEjws2WmXaUKVH1bIIaIjLov0iwKBgQDG\n"
    "Q5PYWbwHvTVtYR3/cQ3y+n6Fd6B9y1sbPyo8EZiwGe1s4CGom+7vxRocVkNp5/fH\n"
    "PukqBhfZnI2QQWdMkuR0R4XK19+Xm7cxBx+TTkGRGZ298dYSDKWfr1v2YtlVhSc6\n"
    "x/ZCSeAlAXD/j91EdQyKzuwN2+hXSv/cFlIAzYwgLwKBgAddJCQYw3NuDKoAHO2w\n"
    "pYgfIZEvxzFWzZa1IgtPVPMt4m2/kb2vdUwy6BiASoKQfw6iuD0tCa4S69rMTCSI\n"
    "hQYFA7PXe/15LZzqF73qxi22bgzG9x61sSCD6WkxDFalHUgMYlAK7Lfl4R11josp\n"
    "Y95GlsZtHQcJpOySQDbtQPT0\n"
    "-----END PRIVATE KEY-----\n";

static const char rsa_1024_public[] =
    "-----BEGIN PUBLIC KEY-----\n"
    "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQCkDBYoQatnCkmVGtTMnDuZr8Gv\n"
    "mlAp1SSj1kO9azhhyPFkoG8xlTm+EPAf2wgguwLH2rI35hCqKI01zgEgQg++ublO\n"
    "q5Ylz3F0I//cl2N+QZsdReB203X/x/J1JxRg+yBcBM/xDJLlWdYfqipQlVqXm8hl\n"
    "qxXTGKxvw66mcld9IwIDAQAB\n"
    "-----END PUBLIC KEY-----\n";

static const char rsa_exponent_3_public[] =
    "-----BEGIN PUBLIC KEY-----\n"
    "MIIBIDANBgkqhkiG9w0BAQEFAAOCAQ0AMIIBCAKCAQEAy4/jJT9uR8Q9/jeYWnyM\n"
    "tBSbFhwnp9PG889qD+Q7VF/IxjNQhRei68vcnkaq3x8LW0CmHTImQ1LmQvkK+4Tj\n"
    "o649y5fIYwn8eeo4jjA22CbnmW1xcCl9SiSIRQbohrk+1CcYn9n+/4PcTaRgC68G\n"
    "Thh9zMOkVfgADRhCJfOHjKPCtmOZ+uYAFoCfDGiiYpD+cuwG2DTl+p3rJoMWw5ik\n"
    "MJTO1yh11SZ2jSUjIv7EVut2TiKRH+B+Pceqz9mBnfdD1b2cSCTe3nZE/J3g+Sym\n"
    "ojV1sm1YnIHEvl3w9JMk1cqacZyClYQu84iBH3UrP5OJZeb2bm1tg7sRCjzn3US+\n"
    "4wIBAw==\n"
    "-----END PUBLIC KEY-----\n";

static const char p384_public[] =
    "-----BEGIN PUBLIC KEY-----\n"
    "MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAEarlxgfqLC32mk1ARXFr+XKachdl6Fec0\n"
    "HwAQXBX6uIOk4aeNMGQh18EBlXxcHzrA8L2fyGqgd6rVJIVGUZ1ty2t+ie+P6spw\n"
    "FqSLis2ytn4eN0H3KW8Xu0uSPGx/21kA\n"
    "-----END PUBLIC KEY-----\n";

static const char secp256k1_public[] =
    "-----BEGIN PUBLIC KEY-----\n"
    "MFYwEAYHKoZIzj0CAQYFK4EEAAoDQgAEL/32nA871LLXlEveJeWROzzTik37XLfG\n"
    "GhN2j8efxrM8LKcupx23iQs0UQVbOlgPzskzQAWGSfATPSpx6jGh7w==\n"
    "-----END PUBLIC KEY-----\n";

static const char ed448_public[] =
    "-----BEGIN PUBLIC KEY-----\n"
    "MEMwBQYDK2VxAzoAi6nVTuIRwG2pN2yxLW3aa19Qz4xRUYx0v2GZL9tKNwKatefU\n"
    "O8hKMd2T5rpOBAaZ2UvVFyvKp8QA\n"
    "-----END PUBLIC KEY-----\n";
