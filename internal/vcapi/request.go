package vcapi

import (
	"fmt"

	"laurel/internal/proof"
	"laurel/internal/strictjson"
	"laurel/internal/vc"
)

// badRequest is a fault of a call's own members.
type badRequest struct{ reason string }

func (b *badRequest) Error() string { return b.reason }

func bad(format string, args ...any) error { return &badRequest{fmt.Sprintf(format, args...)} }

// call is a request as it was read: what it is about, and its options. Options that are not
// known here are accepted and change nothing.
type call struct {
	object  strictjson.Value // absent where the subject is text
	text    string           // a token
	options strictjson.Value
}

// readCall reads the body of a call about the member with the given name.
func readCall(body []byte, name string) (call, error) {
	read, err := strictjson.ReadObject(body, strictjson.Limits{})
	if err != nil {
		return call{}, fmt.Errorf("the body is not strict JSON: %w", err)
	}
	var c call
	for member, v := range read.Members() {
		switch {
		case member == name && v.Is(strictjson.Object):
			c.object = v
		case member == name:
			c.text = v.Text()
		case member == "options" && v.Is(strictjson.Object):
			c.options = v
		case member == "options" && !v.Is(strictjson.Null):
			return call{}, bad("options is not an object")
		case member != "options":
			return call{}, bad("the call has no member %.40q", member)
		}
	}
	if !c.object.Present() && !proof.LooksLikeToken(c.text) && !proof.LooksLikeSDToken(c.text) {
		return call{}, bad("%s is missing, or neither an object nor a token", name)
	}
	return c, nil
}

// bytes returns what the call is about as a verifier reads it.
func (c call) bytes() ([]byte, error) {
	if !c.object.Present() {
		return []byte(c.text), nil
	}
	return vc.Marshal(c.object)
}

// option returns an option that is a text, empty where it is absent.
func (c call) option(name string) (string, error) {
	v := c.options.Member(name)
	if v.Present() && !v.Is(strictjson.Null) && v.Text() == "" {
		return "", bad("the option %s is not a text", name)
	}
	return v.Text(), nil
}

// texts returns an option that is a list of texts, and whether it is there.
func (c call) texts(name string) (list []string, present bool, err error) {
	v := c.options.Member(name)
	if !v.Present() || v.Is(strictjson.Null) {
		return nil, false, nil
	}
	list, allTexts := vc.Texts(v)
	if !v.Is(strictjson.Array) || !allTexts {
		return nil, true, bad("the option %s is not a list of texts", name)
	}
	return list, true, nil
}
