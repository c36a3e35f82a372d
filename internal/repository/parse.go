package repository

import (
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"

	"laurel/internal/signed"
	"laurel/internal/strictjson"
	"laurel/internal/translog"
	"laurel/keys"
)

// object reads the members of a JSON object that has exactly those that are asked for. The
// first mistake stays.
type object struct {
	v     strictjson.Value
	asked int
	err   error
}

func (o *object) fail(name, why string) {
	if o.err == nil {
		o.err = fmt.Errorf("%w: %s %s", ErrForm, name, why)
	}
}

func (o *object) member(name string, kind strictjson.Kind) strictjson.Value {
	o.asked++
	v := o.v.Member(name)
	if !v.Is(kind) {
		o.fail(name, "is missing or of another kind")
	}
	return v
}

func (o *object) optional(name string) bool { return o.v.Member(name).Present() }

func (o *object) object(name string) *object {
	return &object{v: o.member(name, strictjson.Object)}
}

func (o *object) text(name string) string { return o.member(name, strictjson.String).Text() }

func (o *object) number(name string, least int64) int64 {
	n, err := o.member(name, strictjson.Number).Number().Int64()
	if err != nil || n < least || n > maxVersion {
		o.fail(name, "is no number in its range")
	}
	return n
}

func (o *object) time(name string) time.Time {
	const form = "2006-01-02T15:04:05Z"
	text := o.text(name)
	t, err := time.Parse(form, text)
	if err != nil || t.Format(form) != text {
		o.fail(name, "is no UTC time in whole seconds")
	}
	return t
}

func (o *object) digest(name string) string {
	text := o.text(name)
	if raw, err := hex.DecodeString(text); err != nil || len(raw) != 32 || hex.EncodeToString(raw) != text {
		o.fail(name, "is no SHA-256 in lower case")
	}
	return text
}

// close demands that nothing else is there, in this object and in those within it.
func (o *object) close(within ...*object) error {
	for _, inner := range within {
		if err := inner.close(); err != nil && o.err == nil {
			o.err = err
		}
	}
	if o.err == nil && o.v.Len() != o.asked {
		o.fail("a member", "does not belong there")
	}
	return o.err
}

// open reads what all documents begin with.
func open(payload []byte, kind string) (*object, Dates, error) {
	v, err := strictjson.ReadObject(payload, strictjson.Limits{Bytes: maxSnapshot, Depth: 16, Values: 20_000})
	if err != nil {
		return nil, Dates{}, fmt.Errorf("%w: %w", ErrForm, err)
	}
	o := &object{v: v}
	if o.text("_type") != kind || o.text("spec") != Spec {
		o.fail("_type or spec", "is of something else")
	}
	d := Dates{o.number("version", 1), o.time("issued"), o.time("expires")}
	if !d.Issued.Before(d.Expires) || d.Expires.Sub(d.Issued) > longest[kind] {
		o.fail("expires", "is too early or too late")
	}
	return o, d, o.err
}

func parseRoot(payload []byte) (*Root, error) {
	o, dates, err := open(payload, RoleRoot)
	if err != nil {
		return nil, err
	}
	r := &Root{Dates: dates, Roles: map[string]Role{}}
	for item := range o.member("shards", strictjson.Array).Items() {
		name := item.Text()
		if !shardName.MatchString(name) || name == RoleRoot || name == RoleSnapshot || name == RoleTimestamp {
			o.fail("shards", "have a name that they may not have")
		}
		r.Shards = append(r.Shards, name)
	}
	if len(r.Shards) > maxShards || !increasing(r.Shards) {
		o.fail("shards", "are too many or not sorted")
	}
	roles := o.object("roles")
	for _, name := range append([]string{RoleRoot, RoleSnapshot, RoleTimestamp}, r.Shards...) {
		role, err := parseRole(payload, roles.object(name))
		if err != nil {
			return nil, err
		}
		r.Roles[name] = role
	}
	log := o.object("log")
	r.Log = translog.Policy{Origin: log.text("origin"), Key: log.text("key"), Need: int(log.number("need", 0))}
	for item := range log.member("witnesses", strictjson.Array).Items() {
		r.Log.Witnesses = append(r.Log.Witnesses, item.Text())
	}
	if err := o.close(roles, log); err != nil {
		return nil, err
	}
	return r, r.sound()
}

func parseRole(payload []byte, o *object) (Role, error) {
	role := Role{Threshold: int(o.number("threshold", 1))}
	for item := range o.member("keys", strictjson.Array).Items() {
		key, err := keys.ParseJWK(item.In(payload))
		if err != nil {
			return Role{}, fmt.Errorf("%w: %w", ErrForm, err)
		}
		role.Keys = append(role.Keys, key)
	}
	return role, o.close()
}

// sound says what is wrong with who holds which role. It notes the thumbprints of the keys.
func (r *Root) sound() error {
	online, offline := map[string]bool{}, map[string]bool{}
	for name, role := range r.Roles {
		own := map[string]bool{}
		for _, key := range role.Keys {
			kid, err := keys.Thumbprint(key)
			if err != nil || !signed.Usable(key) {
				return fmt.Errorf("%w: role %s: a key that signs no documents", ErrForm, name)
			}
			if own[kid] {
				return fmt.Errorf("%w: role %s: a key is there twice", ErrForm, name)
			}
			own[kid] = true
			role.kids = append(role.kids, kid)
			if name == RoleSnapshot || name == RoleTimestamp {
				online[kid] = true
			} else {
				offline[kid] = true
			}
		}
		if len(role.Keys) > maxKeys || role.Threshold > len(role.Keys) {
			return fmt.Errorf("%w: role %s: too many keys, or too few for its threshold", ErrForm, name)
		}
		r.Roles[name] = role
	}
	for kid := range online {
		if offline[kid] {
			return fmt.Errorf("%w: a key of snapshot or timestamp holds another role too", ErrForm)
		}
	}
	if err := r.Log.Valid(); err != nil {
		return fmt.Errorf("%w: log: %w", ErrForm, err)
	}
	return nil
}

func increasing(names []string) bool {
	return slices.IsSorted(names) && len(slices.Compact(slices.Clone(names))) == len(names)
}

func parseRef(o *object, max int64) Ref {
	ref := Ref{o.number("version", 1), o.digest("sha256"), o.number("bytes", 1)}
	if ref.Bytes > max {
		o.fail("bytes", "are too many")
	}
	return ref
}

func parseTimestamp(payload []byte) (*Timestamp, error) {
	o, dates, err := open(payload, RoleTimestamp)
	if err != nil {
		return nil, err
	}
	snapshot := o.object("snapshot")
	t := &Timestamp{dates, parseRef(snapshot, maxSnapshot), o.number("logIndex", 0)}
	return t, o.close(snapshot)
}

func parseSnapshot(payload []byte) (*Snapshot, error) {
	o, dates, err := open(payload, RoleSnapshot)
	if err != nil {
		return nil, err
	}
	s := &Snapshot{Dates: dates, Policy: o.text("policy"), Shards: map[string]Ref{}}
	shards, log := o.object("shards"), o.object("log")
	for name := range shards.v.Members() {
		ref := shards.object(name)
		s.Shards[name] = parseRef(ref, maxShard)
		if err := ref.close(); err != nil {
			return nil, err
		}
	}
	s.Sources = slices.Clone(o.member("sources", strictjson.Array).In(payload))
	if o.optional("prev") {
		prev := o.object("prev")
		s.Prev = &Ref{Version: prev.number("version", 1), SHA256: prev.digest("sha256")}
		if err := prev.close(); err != nil {
			return nil, err
		}
	}
	s.LogOrigin, s.LogSize = log.text("origin"), log.number("size", 0)
	return s, o.close(shards, log)
}

func parseShard(payload []byte) (*Shard, error) {
	o, dates, err := open(payload, typeShard)
	if err != nil {
		return nil, err
	}
	s := &Shard{Dates: dates, Name: o.text("shard"), SHA256: o.digest("sha256"), Bytes: o.number("bytes", 0), Entries: o.number("entries", 0)}
	if s.TreeRoot, err = translog.ParseHash(o.text("treeRoot")); err != nil {
		o.fail("treeRoot", "is no hash")
	}
	if s.Bytes < s.Entries || s.Entries > maxEntries {
		o.fail("entries", "are too many")
	}
	return s, o.close()
}

// kindOf returns the type of a document that nobody has verified, for whoever is asked to
// sign it.
func kindOf(payload []byte) (string, error) {
	var errs error
	for kind, parse := range map[string]func([]byte) error{
		RoleRoot:      func(p []byte) error { _, err := parseRoot(p); return err },
		RoleTimestamp: func(p []byte) error { _, err := parseTimestamp(p); return err },
		RoleSnapshot:  func(p []byte) error { _, err := parseSnapshot(p); return err },
		typeShard:     func(p []byte) error { _, err := parseShard(p); return err },
	} {
		err := parse(payload)
		if err == nil {
			return kind, nil
		}
		errs = errors.Join(errs, err)
	}
	return "", errs
}
