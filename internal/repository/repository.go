// Package repository answers: is this the newest whole version that the registry's roles
// signed?
//
// A registry is published as static files, which any mirror may serve: nothing is believed
// because of where it came from. Its rules are those of The Update Framework (TUF 1.0.34
// §5), in a profile of signed JSON documents (package signed):
//
//	{N}.root.json            who holds which role, signed by the old and the new holders
//	timestamp.json           which snapshot is the newest, for a day or two
//	{N}.snapshot.json        which version of each shard belongs together
//	{V}.{shard}.json         digest, length and Merkle root of a shard's content, signed by
//	                         the shard's own role: who holds the keys that are online cannot
//	                         change what a shard says
//	{sha256}.{shard}.ndjson  the content: one JSON object a line, sorted by "id"
//	{A}-{B}.{shard}.delta.json  how to make version B of a content from version A
//	checkpoint, tile/...     the transparency log, of which each snapshot is a leaf
//	                         (package translog)
//
// A Client keeps the newest version that it accepted, in a folder that can itself be
// published; a Writer makes versions of documents that people sign in turns. What the lines
// of a shard mean is left to the callers.
package repository

import (
	"errors"
	"fmt"
	"regexp"
	"time"
)

// Spec is the edition of the format.
const Spec = "obtr/1"

// The roles that every registry has, beside one for each shard.
const (
	RoleRoot      = "root"
	RoleSnapshot  = "snapshot"
	RoleTimestamp = "timestamp"
)

// Errors that callers decide on. What is shown to be wrong is ErrRefused and one of the
// others, or one of packages signed and translog; any other error says nothing about the
// registry: it could not be asked.
var (
	// ErrRefused: what the source has is not what the registry's roles signed, or not its
	// newest version. The state that was accepted before stands.
	ErrRefused = errors.New("refused")
	// ErrForm: a document or content is not of the format.
	ErrForm = errors.New("malformed")
	// ErrRollback: a version lower than one that was seen.
	ErrRollback = errors.New("older than what was seen before")
	// ErrChanged: the same version as before, saying something else.
	ErrChanged = errors.New("the same version with other content")
	// ErrVanished: a shard that the root names, or that was listed, is not listed.
	ErrVanished = errors.New("a shard is missing")
	// ErrExpired: past its expiry, or issued in the future.
	ErrExpired = errors.New("not in its time")
	// ErrDigest: not the length or the digest that was signed.
	ErrDigest = errors.New("not the bytes that were signed")
	// ErrUnwitnessed: too few witnesses cosigned the log, and the caller demands them.
	ErrUnwitnessed = errors.New("too few witnesses saw the log")
	// ErrNoState: nothing was accepted yet.
	ErrNoState = errors.New("no version was accepted yet")
)

// refuse says what is wrong with which file.
func refuse(file string, err error, why string) error {
	if why == "" {
		return fmt.Errorf("%w: %s: %w", ErrRefused, file, err)
	}
	return fmt.Errorf("%w: %s: %w: %s", ErrRefused, file, err, why)
}

// The budgets of foreign bytes.
const (
	maxRoot      = 256 << 10
	maxTimestamp = 16 << 10
	maxSnapshot  = 1 << 20
	maxShard     = 64 << 10
	maxRoots     = 64 // new roots in one update
	maxShards    = 16
	maxKeys      = 16 // of a role
	maxVersion   = 1<<53 - 1
)

// shardName is what a shard may be called; it becomes a part of file names.
var shardName = regexp.MustCompile(`^[a-z][a-z0-9]{0,31}$`)

// skew is how much a clock may be slow.
const skew = 10 * time.Minute

// longest is for how long a document of a role may be good. Where an online key was stolen,
// it bounds what its thief can promise.
var longest = map[string]time.Duration{
	RoleRoot:      2 * 366 * day,
	RoleSnapshot:  31 * day,
	RoleTimestamp: 7 * day,
	typeShard:     366 * day,
}

const day = 24 * time.Hour

// File names.
const (
	timestampFile  = "timestamp.json"
	checkpointFile = "checkpoint"
)

func rootFile(version int64) string     { return fmt.Sprintf("%d.root.json", version) }
func snapshotFile(version int64) string { return fmt.Sprintf("%d.snapshot.json", version) }
func shardFile(version int64, shard string) string {
	return fmt.Sprintf("%d.%s.json", version, shard)
}
func contentFile(digest, shard string) string { return digest + "." + shard + ".ndjson" }
func deltaFile(from, to int64, shard string) string {
	return fmt.Sprintf("%d-%d.%s.delta.json", from, to, shard)
}
