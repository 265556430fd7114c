extension HelpTopic {
  static let batches = HelpTopic(
    name: "batches", abstract: "Large runs: parts, interruptions, streams, failures and summaries.",
    text: """
      --resume with --output FILE.jsonl makes a run that can be interrupted at any moment,
      by kill -9, too, and continues when the same command is given again:

          alexnet photos --resume -o photos.jsonl

      While inputs are missing, their records so far are in photos.jsonl.partial; they
      are brought to the disk every two seconds. A line that was cut off is dropped, and
      inputs that have a record are skipped. The file gets its name when every input
      has one. photos.jsonl.run says with which model, preprocessing and options it was
      begun; with others, or another --shard, the command says what differs and stops.
      photos.jsonl.lock is there while a run writes, and keeps others out. A finished file
      can be resumed, too: new photos are added to it. A whole line that is no record is
      an error (exit code 65), and nothing is changed. --retry-failed tries inputs again
      that failed; their new records replace those of the failures. An archive, a list or
      a folder is read again in any case, and if it is whole now, the record of its
      failure is removed. Inputs are told apart by their paths as they were given, so that
      resuming needs the same folder names; and on standard input by the names in the
      archive, so that it must be the same archive.

      --shard I/N takes one of N parts of the inputs, from 1 to N, for a process or
      machine of its own. The part is the 64-bit FNV-1a hash of the path as it was given
      (its upper half is combined with its lower half by exclusive or) modulo N, so that
      new photos do not move others:

          seq 4 | xargs -P4 -I{} alexnet photos -j1 --shard {}/4 --resume -o {}.jsonl

      A tar archive on standard input, from a FIFO or in gzip data is read as a stream:

          cat shard-*.tar | alexnet - --jsonl

      Records come while the archive still grows, nothing is unpacked to disk, and at most
      64 MB of images are read ahead (half of --max-memory, if that is less). So a
      long-lived process can be a worker of Spark, Ray and other engines, which write
      images to it and read its records at the same time. The first bytes tell an archive
      from an image, and gzip data from others. Several archives may follow each other,
      if all are compressed or none is. An image of more than 64 MB is a failed record.
      An archive that is cut or damaged, a wrong checksum of gzip data, and gzip data that
      grows more than 200 times, are reported in a record of the archive itself, after the
      images before the damage. Links, and pictures that tar stored as sparse files, are
      skipped and counted; with such pictures the exit code is 1. WebDataset shards are
      read as they are; to join records with a shard's labels, take as key the path up to
      the first dot after the last slash, a/1 for a/1.jpg.

      --timeout SECONDS gives up a file that takes longer to read, or then to decode (the
      processor's time counts): its record has the error timeout, and the run goes on. It
      is 60 if not given; 0 is no limit. Waiting for the images of a stream is not limited.

      In fp32 the last digits of a probability depend on which photos are run together,
      and on a stream that depends on timing. --deterministic runs each photo alone, on
      one thread. Then runs can be compared byte by byte, as in int8 they always can.

      --max-failures N ends a run when more than N inputs have failed, --max-failures P%
      when more than P percent have, of at least 100 inputs. --fail-fast ends it at the
      first one. What was recorded with --resume until then stays.

      After several inputs, if some failed or were in folders or archives, a note says how
      many there were and how many failed, by error codes; for folders and archives, also
      the time; and with --summary or --resume, the model and its SHA-256.

      --summary FILE writes one JSON object at the end:

        inputs, classified, failed
            Inputs that were taken up; those with predictions; those that failed. The
            last two add up to the first, else the exit code is 70.
        failures
            By error code, how many inputs failed.
        already_recorded, already_failed
            Inputs that --resume skipped; and those of them whose record is a
            failure. With any of these, the exit code is 1.
        other_shards, other_files, sparse_files
            Inputs of other parts; files in folders and archives whose names are not those
            of images, and links in archives; pictures that tar stored as sparse files.
        stopped
            Whether a signal or too many failures ended the run.
        shard
            As --shard gave it, or null.
        seconds, images_per_second
            The time of the run, without opening the model.
        model.name, model.sha256
            The model, and the SHA-256 digest of its file.
      """)
}
