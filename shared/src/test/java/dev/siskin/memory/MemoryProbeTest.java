package dev.siskin.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MemoryProbeTest {
    @TempDir
    Path root;

    @Test
    void read_ownProcess_isPlausible() {
        assumeTrue(Files.exists(Path.of("/proc/self/smaps_rollup")), "needs Linux");
        MemoryReading reading = MemoryProbe.self().read().orElseThrow();
        assertThat(reading.pss()).isBetween(10L << 20, 64L << 30);
        assertThat(reading.anonymous()).isBetween(1L << 20, reading.rss());
    }

    @Test
    void peak_afterAReset_isOfWhatCameSince() {
        MemoryProbe self = MemoryProbe.self();
        assumeTrue(self.resetPeak(), "needs Linux");
        long before = self.peak().orElseThrow();
        long most;
        try (Arena arena = Arena.ofConfined()) {
            arena.allocate(64L << 20).fill((byte) 1);
            most = self.peak().orElseThrow();
        }

        assertThat(most - before).isBetween(60L << 20, 1L << 30);
        assertThat(self.resetPeak()).isTrue();
        assertThat(self.peak().orElseThrow()).isLessThan(most);
    }

    @Test
    void read_recordedV1Group_givesWorkingSetAndPressure() throws IOException {
        process("42", "9:memory:/app\n");
        Path group = Files.createDirectories(root.resolve("cgroup/memory/app"));
        Files.writeString(group.resolve("cgroup.procs"), "42\n");
        Files.writeString(group.resolve("memory.usage_in_bytes"), "1000\n");
        Files.writeString(group.resolve("memory.max_usage_in_bytes"), "1500\n");
        Files.writeString(group.resolve("memory.limit_in_bytes"), "4096\n");
        Files.writeString(group.resolve("memory.kmem.usage_in_bytes"), "50\n");
        Files.writeString(
                group.resolve("memory.stat"),
                "total_rss 600\ntotal_cache 300\ntotal_shmem 10\ntotal_inactive_file 200\n");
        MemoryReading.CgroupReading cgroup = probe("42").read().orElseThrow().cgroup();
        assertThat(cgroup).isNotNull();
        assertThat(cgroup.workingSet()).isEqualTo(800);
        assertThat(cgroup.pressure()).isEqualTo(660);
        assertThat(cgroup.limit()).isEqualTo(4096L);
        assertThat(cgroup.peak()).isEqualTo(1500);
        assertThat(probe("42").limit()).hasValue(4096);
    }

    @Test
    void read_recordedV2Group_givesWorkingSetAndNoLimit() throws IOException {
        process("42", "0::/app\n");
        Path group = Files.createDirectories(root.resolve("cgroup/app"));
        Files.writeString(group.resolve("cgroup.procs"), "42\n");
        Files.writeString(group.resolve("memory.current"), "1000\n");
        Files.writeString(group.resolve("memory.max"), "max\n");
        Files.writeString(
                group.resolve("memory.stat"),
                "anon 500\nfile 400\nshmem 20\ninactive_file 300\nkernel 80\nslab_reclaimable 30\n");
        MemoryReading reading = probe("42").read().orElseThrow();
        assertThat(reading.source()).isEqualTo("cgroup v2");
        assertThat(reading.cgroup()).isNotNull();
        assertThat(reading.cgroup().limit()).isNull();
        assertThat(reading.cgroup().workingSet()).isEqualTo(700);
        assertThat(reading.cgroup().pressure()).isEqualTo(570);
        assertThat(probe("42").limit()).isEmpty();
    }

    @Test
    void read_groupSharedWithOthers_saysTheProcessAlone() throws IOException {
        process("42", "0::/app\n");
        Path group = Files.createDirectories(root.resolve("cgroup/app"));
        Files.writeString(group.resolve("cgroup.procs"), "42\n43\n");
        Files.writeString(group.resolve("memory.current"), "1000\n");
        MemoryReading reading = probe("42").read().orElseThrow();
        assertThat(reading.source()).isEqualTo("process");
        assertThat(reading.cgroup()).isNull();
        assertThat(reading.pss()).isEqualTo(100 * 1024);
    }

    @Test
    void read_processGone_isNothing() {
        assertThat(probe("42").read()).isEmpty();
    }

    private MemoryProbe probe(String pid) {
        return new MemoryProbe(root.resolve("proc"), root.resolve("cgroup"), pid);
    }

    private void process(String pid, String cgroup) throws IOException {
        Path process = Files.createDirectories(root.resolve("proc").resolve(pid));
        Files.createDirectories(root.resolve("cgroup"));
        Files.writeString(process.resolve("cgroup"), cgroup);
        Files.writeString(
                process.resolve("smaps_rollup"),
                "00400000-7fff rollup\nRss:   200 kB\nPss:   100 kB\nAnonymous:   80 kB\n");
    }
}
