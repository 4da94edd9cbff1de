// Starts the assembler, unless this Node.js is too old to read it.
if (Number(process.versions.node.split(".")[0]) < 18) {
  console.error("tools/assemble: found Node.js " + process.versions.node + ", expected 18 or newer; run ci/setup");
  process.exitCode = 1;
} else {
  import("./command.mjs").then((command) => {
    process.exitCode = command.run(process.argv.slice(2));
  });
}
