@testable import System
@testable import Training

extension FuzzTarget {
  static let archives = [
    FuzzTarget(name: "tar") { bytes in
      ignoringErrors {
        let path = ScratchInput.write(bytes)
        var reader = try TarReader(opening: path, memberLimit: 1 << 16)
        while let member = try reader.next() { _ = member.relativePath }
      }
      // The same archive as the data of a training.
      ignoringErrors { _ = try LabelledPhotos(ScratchInput.write(bytes)) }
    },
    // What comes through a pipe, or is in gzip data: read once, from front to back.
    FuzzTarget(name: "tar-stream") { bytes in
      ignoringErrors {
        let stream = try ByteStream(opening: ScratchInput.write(bytes), stop: StopFlag())
        let kind = try TarStream.kind(of: stream, zeros: .tar)
        guard kind != .other else { return }
        var reader = TarReader(
          try TarStream(stream, name: "stream", isCompressed: kind == .compressedTar))
        var contents: [UInt8] = []
        while let member = try reader.next() {
          guard member.kind == .file, member.count <= memberLimit else { continue }
          try reader.readContents(of: member, into: &contents)
        }
      }
    },
    FuzzTarget(name: "gzip") { bytes in
      ignoringErrors {
        let stream = try ByteStream(opening: ScratchInput.write(bytes), stop: StopFlag())
        // So low a limit that the check for data that grows too much is reached.
        let unpacked = try GzipStream(stream, harmlessLength: 1 << 16)
        var part = [UInt8](repeating: 0, count: 1000)
        while try unpacked.read(into: &part, 1..<part.count) > 0 {}
      }
    },
  ]

  /// The most bytes of a member that are read, much as `classify` has a limit.
  private static let memberLimit = 1 << 20
}
