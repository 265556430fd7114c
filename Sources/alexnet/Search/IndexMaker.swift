import Classification
import Kernels
import Search
import System

/// Reads photos into an index that is being built, and counts what happens.
struct IndexMaker {
  /// What became of the photos.
  struct Changes {
    var added = 0
    var changed = 0
    var failed = 0
  }

  let model: FeatureModel
  let run: ImageRun

  /// Reads the photos of a plan and adds them to `builder`.
  ///
  /// A photo that cannot be read is reported. A stop ends the reading; what was added until then
  /// stays.
  ///
  /// - Returns: what became of the photos, and how the run ended.
  func add(
    _ plan: IndexPlan, to builder: IndexBuilder
  ) throws(SystemError) -> (changes: Changes, summary: RunSummary) {
    var changes = Changes()
    for (path, error) in plan.failures {
      run.console.error("\(path.repaired): \(error.reason)")
      changes.failed += 1
    }
    for (row, photo) in plan.kept { builder.keep(row: row, photo) }
    var photos = plan.toRead.makeIterator()
    let source = InputSource(plan.toRead.map { .file($0.path) })
    let summary = try run.perform(source, with: model.photoPipeline) {
      (record) throws(SystemError) in
      // Each input becomes exactly one record, in the order of the inputs.
      guard let photo = photos.next() else { return }
      switch record.outcome {
      case .failed:
        run.report(record)
        changes.failed += 1
      case .answered(let size, let features):
        try builder.add(
          IndexedPhoto(
            path: photo.path, size: size, byteCount: photo.status.size,
            modified: photo.status.modified, digest: features.digest),
          values: features.values)
        if photo.oldRow == nil { changes.added += 1 } else { changes.changed += 1 }
      }
    }
    return (changes, summary)
  }
}
