/* The plain key that cores hash: what tells two values apart, without Lua. */
#ifndef PERILUNE_KEY_H
#define PERILUNE_KEY_H

#include <stdbool.h>
#include <stdint.h>

/* From KEY_OBJECT on the payload is an address: it names the value only as
** long as the owner of the key keeps that value alive. */
typedef enum KeyTag {
  KEY_NONE,     /* no value; what a zeroed key holds */
  KEY_INTEGER,  /* the integer's bits */
  KEY_FLOAT,    /* the float's bits; never NaN, never an integer's value */
  KEY_BOOLEAN,  /* 0 or 1 */
  KEY_POINTER,  /* a light userdata's address */
  KEY_OBJECT,   /* a short string, table, function or thread */
  KEY_USERDATA, /* its block, which may begin where another object ends */
  KEY_TEXT      /* what stands for a long string's content */
} KeyTag;

/* Two keys are equal when both fields are. */
typedef struct Key {
  uint64_t payload;
  KeyTag tag;
} Key;

static inline bool key_is_object(Key key) { return key.tag >= KEY_OBJECT; }

#endif
