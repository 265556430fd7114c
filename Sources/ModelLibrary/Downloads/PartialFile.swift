import System

/// A file that is being fetched: it grows, its digest grows with it, and it outlives an interruption.
final class PartialFile {
  private var file: AppendingFile
  private var hash: DigestBuilder
  private let entry: CatalogueEntry

  /// Opens what an earlier run left, and reads it for its digest.
  init(_ path: RawPath, _ entry: CatalogueEntry) throws(SystemError) {
    var file = try AppendingFile(path)
    if file.size > entry.size { try file.truncate(to: 0) }
    var hash = DigestBuilder(entry.digest.function)
    try file.readAll { hash.update($0) }
    self.file = file
    self.hash = hash
    self.entry = entry
  }

  var size: Int { file.size }
  var isComplete: Bool { file.size == entry.size }
  var digest: Digest { hash.digest }

  func append(_ bytes: Span<UInt8>) throws(SystemError) {
    try file.append(bytes)
    hash.update(bytes)
  }

  func startOver() throws(SystemError) {
    try file.truncate(to: 0)
    hash = DigestBuilder(entry.digest.function)
  }

  func synchronize() throws(SystemError) {
    try file.synchronize()
  }
}
