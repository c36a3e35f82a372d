package proof

import (
	"cmp"
	"crypto"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/go-jose/go-jose/v4"

	"laurel/internal/jsonld"
	"laurel/internal/strictjson"
	"laurel/internal/vc"
	"laurel/keys"
)

// Disclosing are the choices of an SD-JWT.
type Disclosing struct {
	// Pointers (RFC 6901) name the members and elements that the holder may withhold; one
	// within another can be disclosed with it or not.
	Pointers []string
	Holder   crypto.PublicKey // who may bind the token to a presentation; nil for nobody
	Random   io.Reader        // for salts of 128 bits
}

// SignSDJWT returns the prepared credential as an SD-JWT (VC-JOSE-COSE §3.2) with all its
// disclosures.
func SignSDJWT(p *jsonld.Processor, document vc.Prepared, signer Signer, choices Disclosing) (string, error) {
	if _, err := p.Read(document.Value()); err != nil {
		return "", err
	}
	h := hider{random: choices.Random}
	payload, err := h.hideAll(document.Value().Object(), choices.Pointers)
	if err != nil {
		return "", err
	}
	if choices.Holder != nil {
		jwk, err := keys.JWK(choices.Holder)
		if err != nil {
			return "", err
		}
		payload["cnf"] = map[string]any{"jwk": jwk}
	}
	raw, err := vc.Marshal(payload)
	if err != nil {
		return "", err
	}
	options := (&jose.SignerOptions{}).WithType("vc+sd-jwt").WithContentType("vc")
	jws, err := signCompact(raw, signer, "", options)
	if err != nil {
		return "", err
	}
	text := strings.Join(append([]string{jws}, h.disclosures...), "~") + "~"
	if _, err := OpenSDToken(text, strictjson.Limits{}); err != nil { // what we would refuse is not issued
		return "", err
	}
	return text, nil
}

// hider replaces parts of a document by digests.
type hider struct {
	random      io.Reader
	disclosures []string
}

func (h *hider) hideAll(tree map[string]any, pointers []string) (map[string]any, error) {
	// The deepest first, so that a disclosure holds the digests of those within it.
	pointers = slices.SortedFunc(slices.Values(pointers), func(a, b string) int {
		return cmp.Or(cmp.Compare(strings.Count(b, "/"), strings.Count(a, "/")), cmp.Compare(a, b))
	})
	var out any = tree
	for i, pointer := range pointers {
		path, err := jsonld.PointerTokens(pointer)
		if err != nil || len(path) == 0 || i > 0 && pointer == pointers[i-1] {
			return nil, fmt.Errorf("%.80q does not name one part of the credential", pointer)
		}
		if slices.Contains(plain, path[0]) {
			return nil, fmt.Errorf("%.80q must lie open", pointer)
		}
		if out, err = h.hide(out, path); err != nil {
			return nil, fmt.Errorf("%.80q: %w", pointer, err)
		}
	}
	payload := maps.Clone(out.(map[string]any)) // a document is an object, and hiding keeps it one
	payload["_sd_alg"] = "sha-256"
	return payload, nil
}

// hide returns v with the part at the path withheld; v itself stays as it is.
func (h *hider) hide(v any, path []string) (any, error) {
	switch v := v.(type) {
	case map[string]any:
		return h.hideMember(v, path)
	case []any:
		i, err := strconv.Atoi(path[0])
		if err != nil || i < 0 || i >= len(v) || strconv.Itoa(i) != path[0] {
			return nil, errors.New("no such element")
		}
		out := slices.Clone(v)
		if len(path) > 1 {
			out[i], err = h.hide(v[i], path[1:])
			return out, err
		}
		digest, err := h.disclose(v[i])
		out[i] = map[string]any{"...": digest}
		return out, err
	}
	return nil, errors.New("no such part")
}

func (h *hider) hideMember(object map[string]any, path []string) (any, error) {
	value, present := object[path[0]]
	if !present {
		return nil, errors.New("no such member")
	}
	out := maps.Clone(object)
	if len(path) > 1 {
		var err error
		out[path[0]], err = h.hide(value, path[1:])
		return out, err
	}
	digest, err := h.disclose(path[0], value)
	if err != nil {
		return nil, err
	}
	delete(out, path[0])
	digests, _ := out["_sd"].([]any)
	// Sorted, so that their order does not tell that of the members (RFC 9901 §4.2.4.1).
	out["_sd"] = slices.SortedFunc(slices.Values(append(slices.Clone(digests), any(digest))), func(a, b any) int {
		return cmp.Compare(a.(string), b.(string))
	})
	return out, nil
}

// disclose writes a disclosure of a salt and the parts, and returns its digest.
func (h *hider) disclose(parts ...any) (string, error) {
	salt := make([]byte, 16)
	if _, err := io.ReadFull(h.random, salt); err != nil {
		return "", err
	}
	raw, err := vc.Marshal(append([]any{base64.RawURLEncoding.EncodeToString(salt)}, parts...))
	if err != nil {
		return "", err
	}
	text := base64.RawURLEncoding.EncodeToString(raw)
	h.disclosures = append(h.disclosures, text)
	return digest64(crypto.SHA256, text), nil
}
