package repository

import (
	"encoding/json"
	"fmt"

	"laurel/internal/strictjson"
	"laurel/internal/translog"
)

// LineProof is one line of a shard that travels alone: with the shard's signed document, and
// with the hashes that lead from the line to the root in it. Whoever trusts a root of the
// registry checks it without a network.
type LineProof struct {
	Shard    string          // its name
	Document string          // the shard's signed document
	Index    int64           // of the line
	Hashes   []translog.Hash // RFC 6962 §2.1.1
	Line     string
}

// Prove returns the proof of a line of a shard.
func (s *State) Prove(l *Lines, shard string, index int) (LineProof, error) {
	document, ok := s.documents[shard]
	if !ok || l.Root() != s.Shards[shard].TreeRoot || index < 0 || index >= l.Len() {
		return LineProof{}, fmt.Errorf("%w: no line of the shard", ErrForm)
	}
	hashes, err := l.tree.Prove(int64(index))
	return LineProof{shard, string(document), int64(index), hashes, string(l.Line(index))}, err
}

// Check demands that the line is one of the shard's, by the word of its role's holders, and
// returns what the shard's document says. Whether that is the newest, and in its time, is for
// the caller to ask.
func (p LineProof) Check(root *Root) (*Shard, error) {
	shard, err := root.Shard(p.Shard, []byte(p.Document))
	if err != nil {
		return nil, err
	}
	if err := translog.CheckInclusion(shard.TreeRoot, shard.Entries, p.Index, translog.LeafHash([]byte(p.Line)), p.Hashes); err != nil {
		return nil, refuse("line", err, "")
	}
	return shard, nil
}

// MarshalJSON writes the proof as ReadLineProof reads it.
func (p LineProof) MarshalJSON() ([]byte, error) {
	hashes := append([]translog.Hash{}, p.Hashes...)
	return json.Marshal(struct {
		Shard    string          `json:"shard"`
		Document string          `json:"document"`
		Index    int64           `json:"index"`
		Hashes   []translog.Hash `json:"hashes"`
		Line     string          `json:"line"`
	}{p.Shard, p.Document, p.Index, hashes, p.Line})
}

// ReadLineProof reads a proof. Every error is ErrForm.
func ReadLineProof(text []byte) (LineProof, error) {
	v, err := strictjson.ReadObject(text, strictjson.Limits{Bytes: 2*maxLine + 2*maxShard, Depth: 3, Values: 128})
	if err != nil {
		return LineProof{}, fmt.Errorf("%w: %w", ErrForm, err)
	}
	o := &object{v: v}
	p := LineProof{Shard: o.text("shard"), Document: o.text("document"), Index: o.number("index", 0), Line: o.text("line")}
	if p.Hashes, err = translog.ReadHashes(o.member("hashes", strictjson.Array)); err != nil {
		o.fail("hashes", "are none")
	}
	return p, o.close()
}
