package verifier

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"runtime"
	"runtime/metrics"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// filled repeats what make gives until the document has about a megabyte, or count items.
func filled(size, count int, make func(i int) string) string {
	var out strings.Builder
	for i := 0; out.Len() < size && i < count; i++ {
		if i > 0 {
			out.WriteByte(',')
		}
		out.WriteString(make(i))
	}
	return out.String()
}

const nearlyAll = 1_000_000

// heavy are documents made to be slow or large, near the limits.
func heavy(w *world) map[string][]byte {
	t := w.t
	signed := string(w.badge(nil))
	evidence := func(items string) []byte {
		return []byte(strings.Replace(signed, `"validFrom":`, `"evidence":[`+items+`],"validFrom":`, 1))
	}
	member := func(text string) []byte {
		return []byte(strings.Replace(signed, `"validFrom":`, text+`,"validFrom":`, 1))
	}
	inline := `{` + filled(nearlyAll, 120, func(i int) string { return fmt.Sprintf(`"t%d":"https://x.example/%d"`, i, i) }) + `}`
	proofs := func(p string) []byte {
		return []byte(signed[:strings.Index(signed, `"proof":[`)] + `"proof":[` + p + `]}`)
	}
	proof := signed[strings.Index(signed, `"proof":[`)+9 : len(signed)-2]
	clique := func(n int, also string) string {
		return filled(nearlyAll, n, func(int) string { return `{"type":["Evidence"]` + also + `}` })
	}
	hostileBadge := func(i int) string {
		b := string(evidence(clique(60, "")))
		return strings.Replace(b, "urn:uuid:8f0b7f8e", fmt.Sprintf("urn:uuid:%08x", i), 1)
	}
	record := func(items string) []byte {
		return []byte(`{"@context":["https://www.w3.org/ns/credentials/v2","https://purl.imsglobal.org/spec/clr/v2p0/context-2.0.1.json","https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"],"id":"urn:uuid:1","type":["VerifiableCredential","ClrCredential"],"name":"r","issuer":{"id":"did:web:college.example","type":["Profile"],"name":"c"},"validFrom":"2026-01-01T00:00:00Z","credentialSubject":{"id":"urn:uuid:3","type":["ClrSubject"],"verifiableCredential":[` + items + `]}}`)
	}
	presentation := func(items string) []byte {
		return []byte(`{"@context":["https://www.w3.org/ns/credentials/v2"],"type":["VerifiablePresentation"],"verifiableCredential":[` + items + `]}`)
	}
	small := func(i int) string { return strings.Replace(signed, `"name":"Food`, fmt.Sprintf(`"name":"%d`, i), 1) }
	chain := func(i int) string {
		return strings.Replace(proof, `{"type"`, fmt.Sprintf(`{"id":"urn:p:%d","previousProof":["urn:p:%d"],"type"`, i, (i+1)%16), 1)
	}
	docs := map[string][]byte{
		"objects":                        evidence(filled(nearlyAll, 1<<30, func(int) string { return `{"type":["Evidence"],"name":"x"}` })),
		"objects within":                 member(`"n":` + strings.Repeat(`{"a":`, 60) + "1" + strings.Repeat("}", 60)),
		"values":                         member(`"description":[` + filled(nearlyAll, 1<<30, func(int) string { return `"x"` }) + `]`),
		"members":                        member(filled(nearlyAll, 1<<30, func(i int) string { return fmt.Sprintf(`"m%d":1`, i) })),
		"deep lists":                     member(`"description":` + strings.Repeat("[", 60) + strings.Repeat("]", 60)),
		"numbers":                        member(`"n":[` + filled(nearlyAll, 1<<30, func(i int) string { return "1" + strings.Repeat("0", 300) }) + `]`),
		"a long number":                  member(`"n":1` + strings.Repeat("0", nearlyAll)),
		"a long text":                    member(`"description":"` + strings.Repeat("x", nearlyAll) + `"`),
		"escapes":                        member(`"description":"` + strings.Repeat(`\u00e9`, nearlyAll/6) + `"`),
		"types":                          evidence(filled(nearlyAll, 1<<30, func(int) string { return `{"type":["Profile","Evidence","Achievement","AchievementSubject"]}` })),
		"types at the limit":             evidence(clique(1000, `,"name":"x"`)),
		"contexts":                       []byte(strings.Replace(signed, `"@context":[`, `"@context":[`+strings.Repeat(`"https://www.w3.org/ns/credentials/v2",`, 20000), 1)),
		"own contexts":                   []byte(strings.Replace(signed, `context-3.0.3.json"]`, `context-3.0.3.json"`+strings.Repeat(`,`+inline, 8)+`]`, 1)),
		"own context, objects":           []byte(strings.Replace(string(evidence(clique(3000, ""))), `context-3.0.3.json"]`, `context-3.0.3.json",`+inline+`]`, 1)),
		"own context in each object":     evidence(filled(nearlyAll, 1<<30, func(int) string { return `{"type":["Evidence"],"@context":` + inline + `}` })),
		"alike, some":                    evidence(clique(400, "")),
		"alike, more":                    evidence(clique(3500, "")),
		"one thing, told again":          evidence(filled(nearlyAll, 3000, func(int) string { return `{"id":"urn:x:1","type":["Evidence"]}` })),
		"long address, much told of it":  []byte(strings.Replace(string(evidence(filled(nearlyAll/2, 1<<30, func(int) string { return `{"type":["Evidence"]}` }))), "urn:uuid:8f0b7f8e", "urn:"+strings.Repeat("x", nearlyAll/2-10_000), 1)),
		"long prefix":                    []byte(strings.Replace(string(evidence(filled(nearlyAll/2, 1<<30, func(i int) string { return fmt.Sprintf(`{"id":"p:%d","type":["Evidence"]}`, i) }))), `context-3.0.3.json"]`, `context-3.0.3.json",{"p":"https://x.example/`+strings.Repeat("x", nearlyAll/2-10_000)+`/"}]`, 1)),
		"sixteen proofs":                 proofs(strings.TrimSuffix(strings.Repeat(proof+",", 16), ",")),
		"chain of proofs":                proofs(filled(nearlyAll, 16, chain)),
		"chain over objects":             bytes.Replace(evidence(clique(1500, "")), []byte(`"proof":[`+proof+`]`), []byte(`"proof":[`+filled(nearlyAll, 16, chain)+`]`), 1),
		"record of hostile badges":       record(filled(nearlyAll, 128, hostileBadge)),
		"presentation of hostile badges": presentation(filled(nearlyAll, 128, hostileBadge)),
		"presentation of badges":         presentation(filled(nearlyAll, 1<<30, small)),
		"nested presentations":           nestedShow(presentation, hostileBadge),
		"token":                          []byte("eyJhbGciOiJFZERTQSJ9." + base64.RawURLEncoding.EncodeToString([]byte(`{"a":"`+strings.Repeat("x", nearlyAll*3/4-100)+`"}`)) + ".AAAA"),
		"disclosures":                    sdMany(t, 1000),
		"page of badges":                 page(`<script type="application/ld+json">`+string(evidence(clique(3500, "")))+`</script>`+strings.Repeat(`<script type="application/ld+json">`+string(evidence(clique(3500, "")))+`</script>`, 7), ""),
	}
	docs["record, signed"] = w.record(nil, manyOf(w, 30)...)
	guild := newPerson(t)
	docs["endorsements"] = w.badge(func(b map[string]any) {
		var all []any
		for i := range 128 {
			e := guild.endorse(sampleAchievement, nil)
			object(e, "credentialSubject")["endorsementComment"] = "forged"
			if list, ok := e["proof"].([]any); ok && i >= 0 {
				for len(list) < 10 {
					list = append(list, list[0])
				}
				e["proof"] = list
			}
			all = append(all, e)
		}
		object(object(b, "credentialSubject"), "achievement")["endorsement"] = all
	})
	docs["hostile endorsements"] = w.badge(func(b map[string]any) {
		var all []any
		for range 128 {
			e := guild.endorse(sampleAchievement, nil)
			var alike []any
			for range 12 {
				alike = append(alike, map[string]any{"type": []any{"Evidence"}})
			}
			e["evidence"] = alike
			all = append(all, e)
		}
		object(object(b, "credentialSubject"), "achievement")["endorsement"] = all
	})
	poison := func(i int) string {
		alike := filled(nearlyAll, 12, func(int) string { return `{"type":["Evidence"]}` })
		b := strings.Replace(signed, `"id":"urn:uuid:8f0b7f8e-7b0e-4ad5-9f0c-6e1c2a9d1b11",`, "", 1)
		b = strings.Replace(b, "did:web:college.example", guild.id, 1)
		b = b[:strings.Index(b, `"verificationMethod":"`)+22] + guild.method + b[strings.Index(b, `","proofPurpose"`):]
		return strings.Replace(b, `"validFrom":`, `"evidence":[`+alike+`],"validFrom":`, 1)
	}
	docs["poison"] = []byte(poison(0))
	docs["presentation of poison"] = presentation(filled(400_000, 128, poison))
	dense := func(i int) string {
		payload := `{"@context":["https://www.w3.org/ns/credentials/v2","https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"],"id":"urn:x:` + fmt.Sprint(i) +
			`","type":["VerifiableCredential","EndorsementCredential"],"name":"e","issuer":"` + guild.id + `","validFrom":"2026-01-01T00:00:00Z","credentialSubject":{"id":"urn:x","type":["EndorsementSubject"]},"evidence":[` +
			filled(5000, 1<<30, func(int) string { return `{"type":["Evidence","Profile"]}` }) + `]}`
		return "eyJhbGciOiJFZERTQSJ9." + base64.RawURLEncoding.EncodeToString([]byte(payload)) + ".AAAA"
	}
	docs["endorsements as tokens"] = w.badge(func(b map[string]any) {
		var all []any
		for i := range 125 {
			all = append(all, dense(i))
		}
		object(object(b, "credentialSubject"), "achievement")["endorsementJwt"] = all
	})
	docs["presentation of tokens"] = []byte(`{"@context":["https://www.w3.org/2018/credentials/v1"],"type":"VerifiablePresentation","verifiableCredential":[` +
		filled(nearlyAll, 128, func(i int) string { return `"` + dense(i) + `"` }) + `]}`)
	return docs
}

func nestedShow(presentation func(string) []byte, badge func(int) string) []byte {
	inner := filled(nearlyAll/2, 60, badge)
	for range 5 {
		inner = string(presentation(inner))
		inner = strings.Replace(inner, `["VerifiablePresentation"]`, `["VerifiableCredential","VerifiablePresentation"]`, 1)
	}
	return []byte(inner)
}

func manyOf(w *world, n int) [][]byte {
	var out [][]byte
	for i := range n {
		out = append(out, w.badge(func(b map[string]any) { b["id"] = fmt.Sprintf("urn:x:%d", i) }))
	}
	return out
}

func sdMany(t testing.TB, n int) []byte {
	s := &scene{world: newWorld(t, ed25519Key(t)), alg: "EdDSA"}
	p := goodSD(s, true)
	p.binding = nil
	for i := range n - 2 {
		d := disclosure("s", fmt.Sprintf("m%d", i), strings.Repeat("x", 300))
		p.disclosures = append(p.disclosures, d)
		p.payload["_sd"] = append(p.payload["_sd"].([]any), digest(d))
	}
	p.sign(s)
	return s.input
}

const maxHeap = 256 << 20

// TestHeavyIsBounded holds the memory that any document takes to its bound. How long they
// take is for BenchmarkHeavy to say.
func TestHeavyIsBounded(t *testing.T) {
	w := newWorld(t, ed25519Key(t))
	v := w.verifier()
	for name, input := range heavy(w) {
		t.Run(name, func(t *testing.T) {
			runtime.GC()
			base := liveHeap()
			peak, done := watchHeap()
			r := v.Verify(context.Background(), Request{Input: input})
			close(done)
			if grown := int64(peak.Load()) - int64(base); grown > maxHeap {
				t.Errorf("%d MiB, %s with %s", grown>>20, r.Verdict, r.Deciding().Code)
			}
		})
	}
}

// BenchmarkHeavy tells how long they take.
func BenchmarkHeavy(b *testing.B) {
	w := newWorld(b, ed25519Key(b))
	v := w.verifier()
	for name, input := range heavy(w) {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				v.Verify(context.Background(), Request{Input: input})
			}
		})
	}
}

func liveHeap() uint64 {
	s := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(s)
	return s[0].Value.Uint64()
}

// watchHeap notes the most that the heap holds until done is closed.
func watchHeap() (*atomic.Uint64, chan struct{}) {
	var peak atomic.Uint64
	done := make(chan struct{})
	tick := time.NewTicker(2 * time.Millisecond)
	go func() {
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case <-tick.C:
				peak.Store(max(peak.Load(), liveHeap()))
			}
		}
	}()
	return &peak, done
}
