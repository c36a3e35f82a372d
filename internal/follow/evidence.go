package follow

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"laurel/internal/repository"
	"laurel/internal/strictjson"
	"laurel/internal/translog"
	"laurel/registry"
)

// Evidence is what one version of a registry says of one entry, with all that shows it to
// whoever trusts a root of the registry: the roots since, the snapshot and its place in the
// log, and the entry's line in each shard or, where it has none, the two lines between which
// it would stand. It is a few kilobytes, and needs no network.
type evidence struct {
	Entity    string            `json:"entity"`
	Roots     []string          `json:"roots"`
	Timestamp string            `json:"timestamp"`
	Snapshot  string            `json:"snapshot"`
	Inclusion json.RawMessage   `json:"inclusion"`
	Lines     []json.RawMessage `json:"lines"`
	Documents map[string]string `json:"documents"` // of the shards
}

// MaxEvidence bounds evidence in bytes.
const MaxEvidence = 2 << 20

// ErrEvidence: the evidence does not show what it should.
var ErrEvidence = errors.New("the evidence of the registry does not hold")

// Evidence collects the evidence of an entry from the copy.
func (f *Follower) Evidence(entity string) ([]byte, error) {
	state, err := f.client.State()
	if err != nil {
		return nil, err
	}
	e := evidence{Entity: entity, Documents: map[string]string{}}
	if e.Roots, err = f.roots(state.Root.Version); err != nil {
		return nil, err
	}
	read := func(name string) string {
		raw, readErr := os.ReadFile(filepath.Join(f.Public(), name))
		err = errors.Join(err, readErr)
		return string(raw)
	}
	e.Timestamp = read("timestamp.json")
	e.Snapshot = read(strconv.FormatInt(state.Snapshot.Version, 10) + ".snapshot.json")
	for name, shard := range state.Shards {
		e.Documents[name] = read(fmt.Sprintf("%d.%s.json", shard.Version, name))
	}
	if err != nil {
		return nil, err
	}
	if e.Inclusion, err = json.Marshal(state.Inclusion); err != nil {
		return nil, err
	}
	for _, s := range registry.Shards {
		lines, err := linesAround(state, s.String(), entity)
		if err != nil {
			return nil, err
		}
		e.Lines = append(e.Lines, lines...)
	}
	return json.Marshal(e)
}

func (f *Follower) roots(newest int64) (all []string, err error) {
	for version := int64(1); version <= newest; version++ {
		raw, err := os.ReadFile(filepath.Join(f.Public(), strconv.FormatInt(version, 10)+".root.json"))
		if err != nil {
			return nil, err
		}
		all = append(all, string(raw))
	}
	return all, nil
}

// linesAround proves the line of an entry in a shard, or that there is none.
func linesAround(state *repository.State, shard, entity string) (all []json.RawMessage, err error) {
	lines, err := state.Lines(shard)
	if err != nil {
		return nil, err
	}
	at, found := lines.Find(entity)
	places := []int{at}
	if !found {
		places = []int{at - 1, at}
	}
	for _, i := range places {
		if i < 0 || i >= lines.Len() {
			continue
		}
		p, err := state.Prove(lines, shard, i)
		if err != nil {
			return nil, err
		}
		raw, err := json.Marshal(p)
		if err != nil {
			return nil, err
		}
		all = append(all, raw)
	}
	return all, nil
}

// ReadEvidence reads evidence by a root that the caller trusts, and returns the part of the
// registry that it shows: one entry, or none. Whether it was in its time is for the snapshot's
// own dates to say, at the moment for which it is asked.
func ReadEvidence(raw []byte, trusted *repository.Root) (*registry.Snapshot, error) {
	e, err := readEvidence(raw)
	if err != nil {
		return nil, err
	}
	root, err := e.root(trusted)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrEvidence, err)
	}
	s, err := e.snapshot(root)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrEvidence, err)
	}
	return s, nil
}

func readEvidence(raw []byte) (e evidence, err error) {
	v, err := strictjson.ReadObject(raw, strictjson.Limits{Bytes: MaxEvidence, Depth: 6, Values: 2000})
	if err != nil {
		return e, fmt.Errorf("%w: %w", ErrEvidence, err)
	}
	e.Documents = map[string]string{}
	e.Entity, e.Timestamp, e.Snapshot = v.Member("entity").Text(), v.Member("timestamp").Text(), v.Member("snapshot").Text()
	for item := range v.Member("roots").Items() {
		e.Roots = append(e.Roots, item.Text())
	}
	for name, document := range v.Member("documents").Members() {
		e.Documents[name] = document.Text()
	}
	e.Inclusion = v.Member("inclusion").In(raw)
	for item := range v.Member("lines").Items() {
		e.Lines = append(e.Lines, item.In(raw))
	}
	if e.Entity == "" || len(e.Roots) > 64 || len(e.Lines) > 2*len(registry.Shards) {
		return e, fmt.Errorf("%w: it is not of its form", ErrEvidence)
	}
	return e, nil
}

// root leads from the trusted root to the newest.
func (e *evidence) root(trusted *repository.Root) (*repository.Root, error) {
	root := trusted
	for _, document := range e.Roots {
		draft, err := repository.DraftRoot([]byte(document))
		if err != nil {
			return nil, err
		}
		if draft.Version <= trusted.Version {
			continue
		}
		if root, err = root.Next([]byte(document)); err != nil {
			return nil, err
		}
	}
	return root, nil
}

// snapshot checks each document by the one before, and the lines by those of the shards.
func (e *evidence) snapshot(root *repository.Root) (*registry.Snapshot, error) {
	timestamp, err := root.Timestamp([]byte(e.Timestamp))
	if err != nil {
		return nil, err
	}
	if !timestamp.Snapshot.Names([]byte(e.Snapshot)) {
		return nil, errors.New("the timestamp is of another snapshot")
	}
	snapshot, err := root.Snapshot([]byte(e.Snapshot))
	if err != nil {
		return nil, err
	}
	proof, err := translog.ReadProof(e.Inclusion)
	if err != nil {
		return nil, err
	}
	checkpoint, err := proof.Check(root.Log, repository.SnapshotEntry(snapshot.Version, []byte(e.Snapshot)))
	if err != nil {
		return nil, err
	}
	meta := registry.Meta{
		Name: root.Log.Origin, Origin: root.Log.Origin, Version: int(snapshot.Version), Policy: snapshot.Policy, Issued: snapshot.Issued,
		Fresh: timestamp.Expires, Expires: snapshot.Expires, Witnesses: len(checkpoint.Cosigned),
	}
	if root.Expires.Before(meta.Expires) {
		meta.Expires = root.Expires
	}
	if meta.Sources, err = readSources(snapshot.Sources); err != nil {
		return nil, err
	}
	var shards [len(registry.Shards)][]byte
	for _, s := range registry.Shards {
		document := []byte(e.Documents[s.String()])
		if !snapshot.Shards[s.String()].Names(document) {
			return nil, fmt.Errorf("the shard %s is not that of the snapshot", s)
		}
		shard, err := root.Shard(s.String(), document)
		if err != nil {
			return nil, err
		}
		if shard.Expires.Before(meta.Expires) {
			meta.Expires = shard.Expires
		}
		if shards[s], err = e.line(root, shard, document); err != nil {
			return nil, err
		}
	}
	return registry.Load(meta, shards)
}

// line returns the entry's line of a shard, or nothing where its neighbours show that it has
// none.
func (e *evidence) line(root *repository.Root, shard *repository.Shard, document []byte) ([]byte, error) {
	var proofs []repository.LineProof
	for _, raw := range e.Lines {
		p, err := repository.ReadLineProof(raw)
		if err != nil {
			return nil, err
		}
		if p.Shard != shard.Name {
			continue
		}
		if p.Document != string(document) {
			return nil, fmt.Errorf("a line of %s is of another version", shard.Name)
		}
		if _, err := p.Check(root); err != nil {
			return nil, err
		}
		proofs = append(proofs, p)
	}
	ids := make([]string, len(proofs))
	for i, p := range proofs {
		v, err := strictjson.ReadObject([]byte(p.Line), strictjson.Limits{Bytes: registry.MaxLine, Depth: 8, Values: 100_000})
		if err != nil {
			return nil, err
		}
		if ids[i] = v.Member("id").Text(); ids[i] == e.Entity {
			return append([]byte(p.Line), '\n'), nil
		}
	}
	if e.absent(shard, proofs, ids) {
		return nil, nil
	}
	return nil, fmt.Errorf("the shard %s is not shown to have, or to lack, the entry", shard.Name)
}

// absent tells whether neighbours leave no place for the entry between them: lines are in the
// order of their ids.
func (e *evidence) absent(shard *repository.Shard, proofs []repository.LineProof, ids []string) bool {
	switch len(proofs) {
	case 0:
		return shard.Entries == 0
	case 1:
		return proofs[0].Index == 0 && e.Entity < ids[0] || proofs[0].Index == shard.Entries-1 && ids[0] < e.Entity
	case 2:
		return proofs[0].Index+1 == proofs[1].Index && ids[0] < e.Entity && e.Entity < ids[1]
	}
	return false
}

// Bundled returns a reader of evidence by whichever of the roots it is evidence for.
func Bundled(roots ...*repository.Root) func(evidence []byte) (registry.Source, error) {
	return func(raw []byte) (registry.Source, error) {
		err := fmt.Errorf("%w: no root of its registry is trusted", ErrEvidence)
		for _, root := range roots {
			s, readErr := ReadEvidence(raw, root)
			if readErr == nil {
				return registry.Source{Name: s.Name, Snapshot: s}, nil
			}
			err = readErr
		}
		return registry.Source{}, err
	}
}
