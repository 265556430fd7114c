import Glibc
import System

/// The file in which readers of files get an input. Each input is written over the one before it,
/// in the folder for temporary files, which should be in memory.
enum ScratchInput {
  private static let folder: RawPath = {
    let parent = unsafe getenv("TMPDIR").map { unsafe String(cString: $0) } ?? "/tmp"
    let folder = "\(parent)/fuzz-\(getpid())"
    _ = unsafe mkdir(folder, 0o700)
    return RawPath(folder)
  }()

  /// - Returns: the path of the file. Its folder has no other files than those written here and
  ///   those that the target makes beside them.
  static func write(_ bytes: [UInt8], named name: String = "checkpoint.safetensors") -> RawPath {
    let path = folder.appending(name)
    let file = unsafe open("\(path)", O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    // SAFETY: the buffer has as many bytes as it says.
    let written = unsafe bytes.withUnsafeBytes {
      unsafe Glibc.write(file, $0.baseAddress, $0.count)
    }
    guard file >= 0, written == bytes.count, close(file) == 0 else {
      print("the folder for temporary files cannot be written")
      exit(74)
    }
    return path
  }
}
