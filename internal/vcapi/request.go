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
	object  map[string]any // nil where the subject is text
	text    string         // a token
	options map[string]any
}

// readCall reads the body of a call about the member with the given name.
func readCall(body []byte, name string) (call, error) {
	tree, err := strictjson.ParseObject(body, strictjson.Limits{})
	if err != nil {
		return call{}, fmt.Errorf("the body is not strict JSON: %w", err)
	}
	var c call
	for member, v := range tree {
		switch {
		case member == name:
			c.text, _ = v.(string)
			c.object, _ = v.(map[string]any)
		case member == "options" && v != nil:
			options, ok := v.(map[string]any)
			if !ok {
				return call{}, bad("options is not an object")
			}
			c.options = options
		case member != "options":
			return call{}, bad("the call has no member %.40q", member)
		}
	}
	if c.object == nil && !proof.LooksLikeToken(c.text) && !proof.LooksLikeSDToken(c.text) {
		return call{}, bad("%s is missing, or neither an object nor a token", name)
	}
	return c, nil
}

// bytes returns what the call is about as a verifier reads it.
func (c call) bytes() ([]byte, error) {
	if c.object == nil {
		return []byte(c.text), nil
	}
	return vc.Marshal(c.object)
}

// option returns an option that is a text, empty where it is absent.
func (c call) option(name string) (string, error) {
	v, present := c.options[name]
	text, ok := v.(string)
	if present && v != nil && (!ok || text == "") {
		return "", bad("the option %s is not a text", name)
	}
	return text, nil
}

// texts returns an option that is a list of texts, and whether it is there.
func (c call) texts(name string) (list []string, present bool, err error) {
	v, present := c.options[name]
	if !present || v == nil {
		return nil, false, nil
	}
	items, ok := v.([]any)
	list, allTexts := vc.Texts(items)
	if !ok || !allTexts {
		return nil, true, bad("the option %s is not a list of texts", name)
	}
	return list, true, nil
}
