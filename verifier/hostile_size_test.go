package verifier

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

// small is the size up to which every document is decided or refused in some milliseconds.
const small = 64 << 10

// many repeats an item, in which # stands for the number of each, as often as fits.
func many(item, between string) string {
	var out strings.Builder
	for i := 0; out.Len()+len(item)+8 < small-4500; i++ {
		if i > 0 {
			out.WriteString(between)
		}
		out.WriteString(strings.ReplaceAll(item, "#", fmt.Sprint(i)))
	}
	return out.String()
}

// costly are documents of up to 64 KiB that ask for as much work as they can: none of them
// is a good badge.
func costly(w *world) map[string][]byte {
	head := strings.TrimSuffix(sample, "}")
	good := string(w.badge(nil))
	signed := good[strings.Index(good, `,"proof"`):]
	out := map[string][]byte{}
	for name, members := range map[string]string{
		"objects without members":      `,"endorsement":[` + many(`{}`, ",") + `]`,
		"objects with a name":          `,"endorsement":[` + many(`{"name":"#"}`, ",") + `]`,
		"typed objects":                `,"evidence":[` + many(`{"type":"Evidence"}`, ",") + `]`,
		"typed objects, all alike":     `,"evidence":[` + many(`{"type":["Evidence"],"name":"x"}`, ",") + `]`,
		"typed objects, general":       `,"evidence":[` + many(`{"type":["Evidence","Evidence"]}`, ",") + `]`,
		"fewer typed objects, general": `,"evidence":[` + strings.TrimSuffix(strings.Repeat(`{"type":["Evidence","Evidence"]},`, 120), ",") + `]`,
		"objects within objects":       `,"endorsement":[` + many(`{"endorsement":[{},{},{},{},{},{},{},{}]}`, ",") + `]`,
		"texts":                        `,"description":[` + many(`"#"`, ",") + `]`,
		"one text again":               `,"description":[` + many(`"x"`, ",") + `]`,
		"escapes":                      `,"description":"` + many(`\u0001`, "") + `"`,
		"unknown names":                `,` + many(`"n#":1`, ","),
		"contexts":                     `,"evidence":[` + many(`{"@context":"https://www.w3.org/ns/did/v1","type":"Evidence"}`, ",") + `]`,
		"contexts of its own":          `,"evidence":[` + many(`{"@context":{"x#":"https://x.example/#"},"type":["Evidence"],"x#":1}`, ",") + `]`,
		"terms of its own":             `,"evidence":[{"@context":{` + many(`"x#":"https://x.example/#"`, ",") + `},"type":["Evidence"]}]`,
		"endorsements":                 `,"endorsement":[` + many(strings.Replace(good, "OpenBadgeCredential", "EndorsementCredential", 1), ",") + `]`,
		"tokens":                       `,"endorsementJwt":[` + many(`"eyJhbGciOiJFZERTQSJ9.e30.AA"`, ",") + `]`,
		"objects that name each other": `,"endorsement":[` + cliqueOf(40) + `]`,
		"objects that look alike":      `,"endorsement":[` + cliqueOf(9) + `]`,
	} {
		out[name] = []byte(head + members + signed)
	}
	link := `{"type":"DataIntegrityProof","cryptosuite":"eddsa-rdfc-2022","id":"urn:uuid:#","previousProof":["urn:uuid:0","urn:uuid:1"],"verificationMethod":"` +
		w.method + `","proofPurpose":"assertionMethod","proofValue":"z` + strings.Repeat("3", 86) + `","created":"2026-01-01T00:00:00Z"}`
	var chain []string
	for i := range 16 {
		chain = append(chain, strings.ReplaceAll(link, "#", fmt.Sprint(i)))
	}
	evidence := strings.TrimSuffix(strings.Repeat(`{"type":["Evidence"]},`, 2300), ",")
	out["a chain of proofs"] = []byte(head + `,"evidence":[` + evidence + `],"proof":[` + strings.Join(chain, ",") + "]}")
	out["proofs with objects"] = []byte(head + `,"proof":[` + strings.TrimSuffix(strings.Repeat(strings.TrimSuffix(chain[3], "}")+`,"x":[`+strings.TrimSuffix(strings.Repeat("{},", 1100), ",")+`]},`, 16), ",") + "]}")
	out["a folder of credentials"] = []byte(`{"@context":["https://www.w3.org/ns/credentials/v2"],"type":["VerifiablePresentation"],"verifiableCredential":[` +
		many(`{"@context":"https://www.w3.org/ns/credentials/v2","type":"VerifiableCredential"}`, ",") + `]}`)
	return out
}

// cliqueOf are n objects of which each names all others, by blank node labels.
func cliqueOf(n int) string {
	objects := make([]string, n)
	for i := range n {
		var others []string
		for j := range n {
			if i != j {
				others = append(others, fmt.Sprintf(`{"id":"_:b%d"}`, j))
			}
		}
		objects[i] = fmt.Sprintf(`{"id":"_:b%d","type":"Profile","endorsement":[%s]}`, i, strings.Join(others, ","))
	}
	return strings.Join(objects, ",")
}

// TestCostly holds that none of them is valid.
func TestCostly(t *testing.T) {
	w := newWorld(t, ed25519Key(t))
	for name, document := range costly(w) {
		if len(document) > small {
			t.Errorf("%s: %d bytes", name, len(document))
		}
		if r := w.verify(document); r.Verdict == Valid {
			t.Errorf("%s: valid", name)
		}
	}
}

// BenchmarkCostly is how long it takes to decide or refuse each.
func BenchmarkCostly(b *testing.B) {
	w := newWorld(b, ed25519Key(b))
	documents, v := costly(w), w.verifier()
	for _, name := range slices.Sorted(maps.Keys(documents)) {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				v.Verify(context.Background(), Request{Input: documents[name]})
			}
		})
	}
}
