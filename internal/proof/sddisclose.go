package proof

import (
	"crypto"
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"slices"

	"laurel/internal/strictjson"
)

// maxDisclosures bounds the disclosures of one SD-JWT.
const maxDisclosures = 1000

// sdHashes is the closed list of hashes that _sd_alg may name (RFC 9901 §4.1.1).
var sdHashes = map[any]crypto.Hash{"sha-256": crypto.SHA256, "sha-384": crypto.SHA384, "sha-512": crypto.SHA512}

// plain are the members of the payload that must lie open, with all that is in them (RFC
// 9901 §9.7, VC-JOSE-COSE §3.2.1, SD-JWT VC §2.2.2): withheld, they would make something
// else of the rest.
var plain = []string{"@context", "type", "issuer", "validFrom", "validUntil", "issuanceDate", "expirationDate",
	"credentialStatus", "credentialSchema", "relatedResource",
	"iss", "aud", "nbf", "exp", "cnf", "nonce", "vct", "vct#integrity", "status"}

// discloser puts disclosures where their digests stand.
type discloser struct {
	limits      strictjson.Limits
	hash        crypto.Hash
	disclosures map[string]*sdDisclosure // by digest
	seen        map[string]bool          // digests met in the payload and in disclosures
}

// sdDisclosure is a member of an object, or an element of an array where name is nil (RFC
// 9901 §4.2).
type sdDisclosure struct {
	name  *string
	value any
}

func (d *discloser) disclose(payload map[string]any, texts []string) (map[string]any, error) {
	algorithm, named := payload["_sd_alg"]
	d.hash = crypto.SHA256
	if named {
		name, _ := algorithm.(string)
		if d.hash = sdHashes[name]; d.hash == 0 {
			return nil, fmt.Errorf("the token's _sd_alg %.20q is not accepted", name)
		}
	}
	if err := d.read(texts); err != nil {
		return nil, err
	}
	payload = maps.Clone(payload)
	delete(payload, "_sd_alg")
	out, err := d.object(payload, 0)
	if err != nil {
		return nil, err
	}
	for digest := range d.disclosures {
		if !d.seen[digest] {
			return nil, errors.New("the token has a disclosure that its issuer did not sign")
		}
	}
	return out, nil
}

func (d *discloser) read(texts []string) error {
	if len(texts) > maxDisclosures {
		return fmt.Errorf("the token is %w of %d disclosures", strictjson.ErrTooLarge, maxDisclosures)
	}
	d.disclosures, d.seen = map[string]*sdDisclosure{}, map[string]bool{}
	for _, text := range texts {
		raw, err := decode64(text)
		if err != nil {
			return fmt.Errorf("a disclosure: %w", err)
		}
		v, err := strictjson.Parse(raw, d.limits)
		if err != nil {
			return fmt.Errorf("a disclosure: %w", err)
		}
		made, ok := readDisclosure(v)
		if !ok {
			return errors.New("a disclosure is not a list of salt, name and value, or of salt and value")
		}
		digest := digest64(d.hash, text)
		if d.disclosures[digest] != nil {
			return errors.New("a disclosure stands in the token twice")
		}
		d.disclosures[digest] = made
	}
	return nil
}

func readDisclosure(v any) (*sdDisclosure, bool) {
	list, _ := v.([]any)
	if len(list) < 2 || len(list) > 3 {
		return nil, false
	}
	made := &sdDisclosure{value: list[len(list)-1]}
	if _, ok := list[0].(string); !ok {
		return nil, false
	}
	if len(list) == 3 {
		name, ok := list[1].(string)
		if !ok || name == "_sd" || name == "..." || name == "_sd_alg" {
			return nil, false
		}
		made.name = &name
	}
	return made, true
}

// digest64 is the digest of a disclosure's text as it stands (RFC 9901 §4.2.3).
func digest64(hash crypto.Hash, text string) string {
	return base64.RawURLEncoding.EncodeToString(sum(hash, []byte(text)))
}

var errDigest = errors.New("the token has something else than a digest where one belongs")

// take finds the disclosure of a digest, which may stand in the token once only. It is nil
// for what is withheld, and for decoys.
func (d *discloser) take(v any) (*sdDisclosure, error) {
	digest, ok := v.(string)
	if !ok {
		return nil, errDigest
	}
	if d.seen[digest] {
		return nil, errors.New("a digest stands in the token twice")
	}
	d.seen[digest] = true
	return d.disclosures[digest], nil
}

func (d *discloser) value(v any, depth int) (any, error) {
	if depth > d.limits.Depth {
		return nil, fmt.Errorf("the token is %w of %d levels", strictjson.ErrTooLarge, d.limits.Depth)
	}
	switch v := v.(type) {
	case map[string]any:
		return d.object(v, depth)
	case []any:
		return d.list(v, depth)
	}
	return v, nil
}

func (d *discloser) object(object map[string]any, depth int) (map[string]any, error) {
	out := make(map[string]any, len(object))
	for name, v := range object {
		if name == "..." || name == "_sd_alg" {
			return nil, errDigest
		}
		if name == "_sd" {
			continue
		}
		if depth == 0 && slices.Contains(plain, name) && conceals(v) {
			return nil, fmt.Errorf("the token withholds parts of its %s, which must lie open", name)
		}
		var err error
		if out[name], err = d.value(v, depth+1); err != nil {
			return nil, err
		}
	}
	digests, present := object["_sd"]
	list, ok := digests.([]any)
	if present && !ok {
		return nil, errDigest
	}
	for _, digest := range list {
		if err := d.put(out, digest, depth); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// put adds a disclosed member to its object.
func (d *discloser) put(out map[string]any, digest any, depth int) error {
	found, err := d.take(digest)
	if found == nil || err != nil {
		return err
	}
	if found.name == nil {
		return errors.New("an element of a list was disclosed for a member of an object")
	}
	name := *found.name
	if _, present := out[name]; present {
		return fmt.Errorf("%.40q was disclosed, but it is already there", name)
	}
	if depth == 0 && slices.Contains(plain, name) {
		return fmt.Errorf("the token's %s could have been withheld, which must lie open", name)
	}
	out[name], err = d.value(found.value, depth+1)
	return err
}

// list replaces {"...": digest} by the element, or leaves it out.
func (d *discloser) list(list []any, depth int) ([]any, error) {
	out := make([]any, 0, len(list))
	for _, v := range list {
		object, _ := v.(map[string]any)
		if digest, hidden := object["..."]; hidden {
			if len(object) != 1 {
				return nil, errDigest
			}
			found, err := d.take(digest)
			if err != nil {
				return nil, err
			}
			if found == nil {
				continue
			}
			if found.name != nil {
				return nil, errors.New("a member of an object was disclosed for an element of a list")
			}
			v = found.value
		}
		element, err := d.value(v, depth+1)
		if err != nil {
			return nil, err
		}
		out = append(out, element)
	}
	return out, nil
}

// conceals reports whether anything in v is a digest.
func conceals(v any) bool {
	switch v := v.(type) {
	case map[string]any:
		for name, member := range v {
			if name == "_sd" || name == "..." || conceals(member) {
				return true
			}
		}
	case []any:
		return slices.ContainsFunc(v, conceals)
	}
	return false
}
