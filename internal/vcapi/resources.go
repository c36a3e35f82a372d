package vcapi

import (
	"bytes"
	"crypto"
	"encoding/base64"
	"encoding/hex"
	"strings"

	"laurel/internal/strictjson"
	"laurel/internal/vc"
	"laurel/keys"
	"laurel/schemas"
)

// checkResources compares the digests of a credential's related resources (VC-DM §5.3) with
// the resources that are held here, which are the contexts; no other is looked at. Their
// form is package vc's to judge.
func checkResources(document strictjson.Value) error {
	for object := range document.Member("relatedResource").Listed() {
		id := object.Member("id").Text()
		held := editions(id)
		if held == nil {
			continue
		}
		sri, _ := vc.Texts(object.Member("digestSRI"))
		multibase, _ := vc.Texts(object.Member("digestMultibase"))
		for _, text := range sri {
			if !held.has(subresource(text)) {
				return bad("the digestSRI of the related resource %.80q is not that of the resource", id)
			}
		}
		for _, text := range multibase {
			if !held.hasMultibase(text) {
				return bad("the digestMultibase of the related resource %.80q is not that of the resource", id)
			}
		}
	}
	return nil
}

// digests are those of every edition of one resource that is known.
type digests []digest

type digest struct {
	hash crypto.Hash
	sum  []byte
}

// earlier are the digests of the edition of 2024-07-20 of the context of version 2.0, which
// its publisher has edited in place since. It defines the same terms but for three of status
// lists.
var earlier = digests{
	{crypto.SHA256, fromHex("24a18c90e9856d526111f29376e302d970b2bd10182e33959995b0207d7043b9")},
	{crypto.SHA384, fromHex("35239c36999d2155312091af194a1edb61634d6ad789a5e5b19f2aebdd762dd9d1dcaada40eda7ef921c6b8c0ae107a0")},
	{crypto.SHA512, fromHex("cb1336dfa8670d80d03344b3b0cc25faf4d45201823c35f39bb1afe5a9f911f615ff4ec80ec5f2f89e33d14e96bec8be78e38df35b918c9cd5f3b3449bd6c88f")},
}

func fromHex(text string) []byte {
	sum, err := hex.DecodeString(text)
	if err != nil {
		panic("vcapi: a digest that is not hexadecimal")
	}
	return sum
}

func editions(id string) digests {
	var known digests
	if id == schemas.CredentialsV2 {
		known = append(known, earlier...)
	}
	for _, lookup := range []func(string) (schemas.Context, bool){schemas.LookupContext, schemas.OlderEdition} {
		context, ok := lookup(id)
		if !ok {
			continue
		}
		for _, hash := range []crypto.Hash{crypto.SHA256, crypto.SHA384, crypto.SHA512} {
			h := hash.New()
			h.Write(context.Bytes)
			known = append(known, digest{hash, h.Sum(nil)})
		}
	}
	return known
}

func (d digests) has(one digest) bool {
	for _, known := range d {
		if known.hash == one.hash && bytes.Equal(known.sum, one.sum) {
			return true
		}
	}
	return false
}

// subresource reads a digest of Subresource Integrity §3.5; one that is none is no digest.
func subresource(text string) digest {
	name, encoded, _ := strings.Cut(text, "-")
	hash := map[string]crypto.Hash{"sha256": crypto.SHA256, "sha384": crypto.SHA384, "sha512": crypto.SHA512}[name]
	sum, err := base64.StdEncoding.Strict().DecodeString(encoded)
	if err != nil {
		return digest{}
	}
	return digest{hash, sum}
}

// hasMultibase reads a Multibase text of a Multihash (CID §2.4, §2.5). The digest of SHA-256
// alone, without the two bytes that say so, is in wide use; it is taken where it matches.
func (d digests) hasMultibase(text string) bool {
	var raw []byte
	var err error
	switch {
	case strings.HasPrefix(text, "u"):
		raw, err = base64.RawURLEncoding.Strict().DecodeString(text[1:])
	default:
		raw, err = keys.DecodeMultibase58(text, crypto.SHA512.Size()+2)
	}
	if err != nil || len(raw) < 2 {
		return false
	}
	hash := map[byte]crypto.Hash{0x12: crypto.SHA256, 0x20: crypto.SHA384, 0x13: crypto.SHA512}[raw[0]]
	return hash != 0 && int(raw[1]) == hash.Size() && d.has(digest{hash, raw[2:]}) || d.has(digest{crypto.SHA256, raw})
}
