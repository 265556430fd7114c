import System

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
    }
  ]
}
