package badge

import (
	"encoding/base64"
	"encoding/json"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"laurel/internal/needs"
	"laurel/internal/strictjson"
	"laurel/schemas"
)

// corpus returns the documents in the folders of the repository and of the standards.
func corpus(t testing.TB) []any {
	standards := filepath.Join(needs.Standards(t), "open-badges")
	return append(own(t), documents(t, filepath.Join(standards, "fixtures"), filepath.Join(standards, "vectors"))...)
}

// own returns the documents of the repository.
func own(t testing.TB) []any {
	return documents(t, filepath.Join(needs.Root(t), "examples"), filepath.Join(needs.Root(t), "schemas", "testdata"))
}

// documents returns the JSON documents and the claims of tokens in some folders, and the
// objects within them that name their type.
func documents(t testing.TB, folders ...string) []any {
	t.Helper()
	var trees []any
	add := func(raw []byte) {
		if tree, err := strictjson.Parse(raw, strictjson.Limits{}); err == nil {
			trees = typed(append(trees, tree), tree)
		}
	}
	for _, folder := range folders {
		err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			raw, err := os.ReadFile(path)
			add(raw)
			if _, token, ok := strings.Cut(string(raw), "."); ok {
				payload, _, _ := strings.Cut(token, ".")
				claims, _ := base64.RawURLEncoding.DecodeString(payload)
				add(claims)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return trees
}

// typed appends the objects with a type within a tree.
func typed(to []any, tree any) []any {
	for _, child := range children(tree) {
		if object, ok := child.(map[string]any); ok && object["type"] != nil {
			to = append(to, object)
		}
		to = typed(to, child)
	}
	return to
}

// children returns what is directly within a tree, in an order that is always the same.
func children(tree any) []any {
	switch tree := tree.(type) {
	case []any:
		return tree
	case map[string]any:
		var out []any
		for _, name := range slices.Sorted(maps.Keys(tree)) {
			out = append(out, tree[name])
		}
		return out
	}
	return nil
}

// mutator makes documents of documents, the same ones at each run.
type mutator struct {
	*rand.Rand
	bases  []any // objects that fit a schema, and some that nearly do
	values []any // to swap in
	named  []string
}

func newMutator(trees []any) *mutator {
	m := &mutator{Rand: rand.New(rand.NewPCG(2020, 12))}
	for _, tree := range trees {
		v := strictjson.Of(tree)
		fits := func(s schemas.Schema) bool { return Fits(s, v) }
		if slices.ContainsFunc(schemas.All(), fits) || m.IntN(10) == 0 {
			m.bases = append(m.bases, tree)
		}
		m.collect(tree)
	}
	m.values = append(m.values, oddities...)
	return m
}

func (m *mutator) collect(tree any) {
	if object, ok := tree.(map[string]any); ok {
		m.named = append(m.named, slices.Sorted(maps.Keys(object))...)
	}
	for _, child := range children(tree) {
		m.values = append(m.values, child)
		m.collect(child)
	}
}

func (m *mutator) name() string { return m.named[m.IntN(len(m.named))] }

// oddities are values that come near to what a schema asks.
var oddities = []any{
	nil, true, false, "", " ", "\u00a0", "\u3000x", "Å", "x", []any{}, map[string]any{}, []any{[]any{}}, []any{nil},
	json.Number("0"), json.Number("-0"), json.Number("1.0"), json.Number("1e0"), json.Number("1.5"), json.Number("-90"), json.Number("90.5"), json.Number("180"),
	json.Number("-181"), json.Number("1e400"), json.Number("-1e999999"), json.Number("9007199254740992"), json.Number("12345678901234567890"),
	"2026-02-29", "2024-02-29", "2026-02-29T00:00:00Z", "2024-02-29T23:59:59.999Z", "2024-02-29T24:00:00Z", "2026-01-02T03:04:05", "2026-01-02T03:04:05+14:00",
	"2026-01-02T03:04:05+14:01", "2026-01-02T3:04:05Z", "2026-01-02T03:04:05,5Z", "2026-01-02T03:04:05.Z", "2026-01-02T03:04:60Z", "2026-01-02t03:04:05z",
	"2026-01-02T03:04:05Z\n", "urn:x", "urn:", ":x", "a b:c", "https://högskola.example/märke", "https://a.example/<", "https://a.example/\ufffd", "did:web:a",
	"en", "en-GB", "zh-Hant-TW", "es-419", "EN", "ext:", "ext:a.b_c-d", "ext:å", "Ext:a", "GB", "gb", "ÅÄ", "a.b.c", "a..c", "a.b", ".b.c", "a.b.c.d", "a.b.c\n",
	"md5$d41d8cd98f00b204e9800998ecf8427e", "md5$d41d8cd98f00b204e9800998ecf8427", "sha256$" + strings.Repeat("aF", 32), "sha256$" + strings.Repeat("g", 64),
	"VerifiableCredential", "AchievementCredential", "OpenBadgeCredential", "EndorsementCredential", "ClrCredential", "Achievement", "Profile", "emailAddress",
	"Completed", "Status", "CTDL", "DataIntegrityProof", "BitstringStatusListEntry", "StatusList2021Entry", "-1", "94567", "9007199254740992", "1.0",
	schemas.CredentialsV1, schemas.CredentialsV2, schemas.OpenBadges300, schemas.OpenBadges303,
	[]any{schemas.CredentialsV2, schemas.OpenBadges303}, []any{schemas.CredentialsV1, schemas.OpenBadges300}, []any{"VerifiableCredential", "ClrCredential"},
}

// mutant returns a copy of a document with some changes.
func (m *mutator) mutant() any {
	tree := strictjson.Of(m.bases[m.IntN(len(m.bases))]).Tree()
	for range 1 + m.IntN(3) {
		tree = m.change(tree)
	}
	return tree
}

// change changes a tree at one place, or a place within it.
func (m *mutator) change(tree any) any {
	switch t := tree.(type) {
	case map[string]any:
		if len(t) > 0 && m.IntN(12) > 0 {
			names := slices.Sorted(maps.Keys(t))
			m.changeMember(t, names[m.IntN(len(names))])
			return t
		}
	case []any:
		if len(t) > 0 && m.IntN(8) > 0 {
			i := m.IntN(len(t))
			t[i] = m.change(t[i])
			return t
		}
		if m.IntN(2) == 0 {
			return append(t, m.value())
		}
	case string:
		if m.IntN(3) == 0 {
			return m.misspell(t)
		}
	}
	switch m.IntN(8) {
	case 0:
		return []any{tree}
	case 1:
		return []any{tree, m.value()}
	case 2:
		return map[string]any{m.name(): tree}
	}
	return m.value()
}

func (m *mutator) changeMember(object map[string]any, name string) {
	switch m.IntN(10) {
	case 0:
		delete(object, name)
	case 1:
		object[m.name()] = m.value()
	case 2:
		other := m.name()
		object[name], object[other] = object[other], object[name]
	default:
		object[name] = m.change(object[name])
	}
}

// value returns a copy of a value that stands somewhere, or of an odd one.
func (m *mutator) value() any {
	from := m.values
	if m.IntN(2) == 0 {
		from = oddities
	}
	return strictjson.Of(from[m.IntN(len(from))]).Tree()
}

func (m *mutator) misspell(s string) string {
	at := 0
	if s != "" {
		at = m.IntN(len(s))
	}
	rest := s[at:]
	if m.IntN(2) == 0 && rest != "" {
		rest = rest[1:]
	}
	return strings.ToValidUTF8(s[:at]+string(rune(m.IntN(0x90)))+rest, "")
}
