package rdfc_test

import (
	"bytes"
	"context"
	"crypto"
	_ "crypto/sha256"
	_ "crypto/sha512"
	"encoding/json"
	"errors"
	"maps"
	"strconv"
	"strings"
	"testing"

	"laurel/internal/needs"
	"laurel/internal/rdfc"
	"laurel/internal/rdfc/rdfctest"
)

type entry struct {
	ID            string
	Type          string
	Action        string
	Result        string
	HashAlgorithm string
}

// TestSuite runs every test of the RDFC-1.0 suite; none is left out.
func TestSuite(t *testing.T) {
	var manifest struct{ Entries []entry }
	if err := json.Unmarshal(needs.File(t, "w3c", "rdf-canon", "manifest.jsonld"), &manifest); err != nil {
		t.Fatal(err)
	}
	ran := map[string]int{}
	for _, e := range manifest.Entries {
		ran[e.Type]++
		t.Run(strings.TrimPrefix(e.ID, "#"), func(t *testing.T) { runEntry(t, e) })
	}
	want := map[string]int{"rdfc:RDFC10EvalTest": 64, "rdfc:RDFC10MapTest": 21, "rdfc:RDFC10NegativeEvalTest": 1}
	if !maps.Equal(ran, want) {
		t.Errorf("ran %v, want %v", ran, want)
	}
}

func runEntry(t *testing.T, e entry) {
	hash := crypto.SHA256
	if e.HashAlgorithm == "SHA384" {
		hash = crypto.SHA384
	}
	d := rdfctest.Parse(t, needs.File(t, "w3c", "rdf-canon", e.Action))
	budget := rdfc.Default
	got, err := rdfc.Canonicalize(context.Background(), &d.Dataset, hash, &budget)
	if e.Type == "rdfc:RDFC10NegativeEvalTest" {
		if !errors.Is(err, rdfc.ErrBudget) {
			t.Fatalf("the poison graph gave %v, want ErrBudget", err)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	result := needs.File(t, "w3c", "rdf-canon", e.Result)
	if e.Type == "rdfc:RDFC10MapTest" {
		var want map[string]string
		if err := json.Unmarshal(result, &want); err != nil {
			t.Fatal(err)
		}
		labels := map[string]string{}
		for label, n := range d.Blanks {
			labels[label] = "c14n" + strconv.Itoa(int(got.Labels[n.Blank]))
		}
		if !maps.Equal(labels, want) {
			t.Fatalf("labels %v, want %v", labels, want)
		}
		return
	}
	if !bytes.Equal(got.NQuads, result) {
		t.Fatalf("got\n%s\nwant\n%s", got.NQuads, result)
	}
}
