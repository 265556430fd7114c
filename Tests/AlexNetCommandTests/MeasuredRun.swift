import Foundation

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A run of the program with what it took, as the system accounts for it.
struct MeasuredRun {
  let exitCode: Int32
  let stdout: String
  let stderr: String
  /// Processor time of all threads, which does not depend on what else runs.
  let seconds: Double
  /// The most memory at one time, in bytes.
  let peak: Int

  /// - Parameter input: a file for standard input; nil for an empty one.
  init(_ arguments: [String], in folder: TemporaryFolder, input: String? = nil) throws {
    try folder.write(Data(), to: "measured-input")
    let files = [
      (STDIN_FILENO, folder[input ?? "measured-input"].path, O_RDONLY),
      (STDOUT_FILENO, folder["measured-output"].path, O_WRONLY | O_CREAT | O_TRUNC),
      (STDERR_FILENO, folder["measured-errors"].path, O_WRONLY | O_CREAT | O_TRUNC),
    ]
    // The shell goes to the folder, and becomes the program.
    let shell = "/bin/sh"
    let command = [
      "sh", "-c", "cd \"$0\" && exec \"$@\"", folder[""].path, BuiltProgram.executable.path,
    ]
    var status: Int32 = 0
    var usage = rusage()
    var mostMemory = 0
    // SAFETY: the texts outlive the calls, and both arrays of them end with nil.
    let isStarted = unsafe Self.withTexts(command + arguments) { arguments in
      unsafe Self.withTexts(["ALEXNET_HOME=\(folder["home"].path)", "PATH=/usr/bin:/bin"]) {
        environment in
        #if canImport(Darwin)
          var actions: posix_spawn_file_actions_t?
        #else
          var actions = unsafe posix_spawn_file_actions_t()
        #endif
        unsafe posix_spawn_file_actions_init(&actions)
        defer { _ = unsafe posix_spawn_file_actions_destroy(&actions) }
        for (number, path, flags) in files {
          unsafe posix_spawn_file_actions_addopen(&actions, number, path, flags, 0o600)
        }
        var child = pid_t()
        guard unsafe posix_spawn(&child, shell, &actions, nil, arguments, environment) == 0
        else { return false }
        #if os(Linux)
          // What the system accounts for begins with the memory of this process, from which the
          // child was made.
          while unsafe wait4(child, &status, WNOHANG, &usage) == 0 {
            mostMemory = max(mostMemory, Self.peak(of: child))
            usleep(500)
          }
          return true
        #else
          return unsafe wait4(child, &status, 0, &usage) == child
        #endif
      }
    }
    guard isStarted else { throw CocoaError(.executableLoad) }
    // A signal's number is in the lower bits.
    exitCode = status & 0x7F == 0 ? status >> 8 & 0xFF : 128 + status & 0x7F
    func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
    self.seconds = seconds(usage.ru_utime) + seconds(usage.ru_stime)
    #if os(Linux)
      peak = mostMemory
    #else
      peak = Int(usage.ru_maxrss)
    #endif
    stdout = try folder.text("measured-output")
    stderr = try folder.text("measured-errors")
  }

  #if os(Linux)
    /// The most memory so far of a process that runs, in bytes; 0 where it has ended.
    private static func peak(of process: pid_t) -> Int {
      guard let text = try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8),
        let match = text.firstMatch(of: /VmHWM:\s*(\d+) kB/)
      else { return 0 }
      return (Int(match.1) ?? 0) * 1024
    }
  #endif

  @unsafe private static func withTexts<Result>(
    _ texts: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
  ) -> Result {
    let copies = unsafe texts.map { unsafe strdup($0) }
    defer { for index in unsafe copies.indices { unsafe free(copies[index]) } }
    return unsafe body(copies + [nil])
  }
}
