import Classification
import JSON
import ModelLibrary
import System

@testable import alexnet

extension FuzzTarget {
  /// What single commands read.
  static let commands = [
    // What `report` and `sort` read: the records of a run of `classify`.
    FuzzTarget(name: "records") { bytes in
      let path = ScratchInput.write(bytes)
      // Of these, the last line may be unfinished.
      let partial = ScratchInput.write(bytes, named: "records.partial")
      for path in [path, partial] {
        ignoringErrors { try RecordLines(path, stop: StopFlag()).read { _, _ in } }
      }
      for kind in SortFolders.Kind.allCases {
        ignoringErrors {
          var folders = SortFolders(by: kind, minProbability: 0)
          try folders.read(path) { _ in }
          _ = folders.places()
        }
      }
    },
    // What `--resume` finds of a run: records, or a description of the run.
    FuzzTarget(name: "resume") { bytes in
      let run: JSONValue = ["model": ["name": .string("starter")]]
      for description in [Array(run.text.utf8), bytes] {
        let records = ScratchInput.write(bytes, named: "run.jsonl.partial")
        _ = ScratchInput.write(description, named: "run.jsonl.run")
        ignoringErrors {
          let output = records.parent.appending("run.jsonl")
          try ResumableOutput(output, run: run, retryingFailures: true).commit()
          try removeFile(output)
        }
      }
    },
    // The list of `sort --undo`. Nothing is taken back.
    FuzzTarget(name: "undo") { bytes in
      ignoringErrors {
        for step in try UndoList.steps(ScratchInput.write(bytes)).steps {
          _ = try? step.takeBack(dryRun: true)
        }
      }
    },
    FuzzTarget(name: "name-map") { bytes in
      ignoringErrors {
        _ = try names.adding(try NameMap.pairs(bytes[...], path: "map"), from: "map")
      }
    },
    FuzzTarget(name: "metadata") { bytes in
      ignoringErrors { _ = try MetadataFile.read(ScratchInput.write(bytes)) }
    },
  ]
}
