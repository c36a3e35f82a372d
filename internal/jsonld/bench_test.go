package jsonld

import (
	"context"
	"crypto"
	"testing"

	"github.com/piprate/json-gold/ld"

	"laurel/internal/needs"
)

// BenchmarkCanonical takes documents from their values to the hash of their canonical form:
// under compiled contexts, in the general way, and with json-gold alone, which does not look
// for what it drops.
func BenchmarkCanonical(b *testing.B) {
	for name, path := range map[string][]string{
		"guide": {"open-badges", "vectors", "obv3p0", "unsigned.json"}, "complete": {"open-badges", "fixtures", "ob30", "complete.json"},
	} {
		document := parse(b, string(needs.File(b, path...))).Without("proof")
		p, contexts := Pinned(), document.Member("@context")
		digest := func(b *testing.B, g *Graph, err error) {
			budget := Default
			if err == nil {
				_, err = g.AppendDigest(context.Background(), nil, crypto.SHA256, &budget)
			}
			if err != nil {
				b.Fatal(err)
			}
		}
		b.Run(name+"/compiled", func(b *testing.B) {
			for b.Loop() {
				g, err := p.Read(document)
				digest(b, g, err)
			}
		})
		b.Run(name+"/general", func(b *testing.B) {
			for b.Loop() {
				budget := Default
				g, err := p.readGeneral(contexts, document, &budget, &toRDF{})
				digest(b, g, err)
			}
		})
		b.Run(name+"/json-gold", func(b *testing.B) {
			tree, options := document.Object(), p.options(false, nil)
			options.Format, options.Algorithm = "application/n-quads", ld.AlgorithmURDNA2015
			for b.Loop() {
				if _, err := ld.NewJsonLdProcessor().Normalize(tree, options); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
