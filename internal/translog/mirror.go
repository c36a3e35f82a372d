package translog

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/mod/sumdb/tlog"

	"laurel/internal/durable"
)

// Mirror brings the tiles and entries of a checkpoint's tree that a folder has not yet, each
// checked against the root, so that the folder can be served as the log. The checkpoint
// itself is left to the caller, who publishes it last.
func Mirror(ctx context.Context, c Checkpoint, tiles Tiles, dir string) error {
	authentic := reader(ctx, c, tiles)
	for _, t := range tlog.NewTiles(tileHeight, 0, c.Size) {
		if err := mirrorFile(dir, tilePath(t), func() ([]byte, error) { return tlog.ReadTileData(t, authentic) }); err != nil {
			return err
		}
		if t.L > 0 {
			continue
		}
		err := mirrorFile(dir, bundlePath(t), func() ([]byte, error) {
			bundle, err := tiles(ctx, bundlePath(t), tileWidth*(2+MaxEntry))
			if err != nil {
				return nil, err
			}
			return bundle, checkBundle(bundle, t.N*tileWidth, t.W, authentic)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// mirrorFile brings one file, if it is not there.
func mirrorFile(dir, path string, bring func() ([]byte, error)) error {
	place := filepath.Join(dir, filepath.FromSlash(path))
	if _, err := os.Stat(place); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	content, err := bring()
	if err != nil {
		return err
	}
	return durable.Replace(place, content)
}
